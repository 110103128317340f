import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actionkit.aws import session_tags
from actionkit.aws.session_tags import PROTECTED, Tags, TagSettings
from actionkit.errors import InvalidInputs
from actionkit.inputs import Reader

JOB = {
    "GITHUB_REPOSITORY": "org/app",
    "GITHUB_WORKFLOW": "Deploy (prod) ☃",
    "GITHUB_ACTION": "assume-role",
    "GITHUB_ACTOR": "octo[bot]",
    "GITHUB_SHA": "0123",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_RUN_ID": "7",
    "GITHUB_JOB": "deploy",
    "GITHUB_TRIGGERING_ACTOR": "octo",
    "GITHUB_BASE_REF": "",
}


def read(**inputs: str) -> TagSettings:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    reader = Reader(given, frozenset({"custom-tags", "transitive-tag-keys", "role-skip-session-tagging"}))
    found = session_tags.read(reader)
    reader.finish()
    return found


def test_a_session_says_what_job_it_is_for() -> None:
    assert session_tags.build(read(), JOB).values == {
        "GitHub": "Actions",
        "Repository": "org/app",
        "Workflow": "Deploy _prod_ _",
        "Action": "assume-role",
        "Actor": "octo_bot_",
        "Commit": "0123",
        "Branch": "refs/heads/main",
        "EventName": "push",
        "RunId": "7",
        "Job": "deploy",
        "TriggeringActor": "octo",
    }


def test_where_room_is_short_the_newer_tags_stay_away() -> None:
    found = session_tags.build(read(custom_tags='{"Team": "a"}'), JOB, all_of_them=False)
    assert list(found.values) == [
        "GitHub",
        "Repository",
        "Workflow",
        "Action",
        "Actor",
        "Commit",
        "Branch",
        "Team",
    ]


def test_none_are_sent_where_none_are_wanted() -> None:
    found = session_tags.build(read(role_skip_session_tagging="true", transitive_tag_keys="Repository"), JOB)
    assert found.parameters() == {}


def test_keys_that_no_tag_has_are_not_transitive() -> None:
    found = session_tags.build(read(transitive_tag_keys="Repository\nNobody\n"), JOB)
    assert found.transitive == ("Repository",)
    assert found.parameters()["TransitiveTagKeys.member.1"] == "Repository"


def test_what_aws_carries_on_is_not_sent_again() -> None:
    tags = Tags(values={"a": "1", "b": "2"}, transitive=("a", "b"))
    assert session_tags.onward(tags, ("a",)) == Tags(values={"b": "2"}, transitive=("b",))


def test_custom_tags_are_text_numbers_and_truths() -> None:
    text = json.dumps({"Team": "a b", "Cost Center": 42, "Prod": True})
    assert read(custom_tags=text).custom == {"Team": "a b", "Cost Center": "42", "Prod": "true"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Team=a", "isn't a JSON object"),
        ("[]", "isn't a JSON object"),
        ('{"a": NaN}', "isn't a JSON object"),
        ('{"a": null}', "a value for `a`"),
        ('{"a": ["b"]}', "a value for `a`"),
        ('{"a": "x(y)"}', "a value for `a`"),
        (json.dumps({"a": "x" * 257}), "a value for `a`"),
        ('{"": "x"}', "the key ``"),
        ('{"aws:x": "x"}', "the key `aws:x`"),
        (json.dumps({"k" * 129: "x"}), "the key `kkk"),
        ('{"Repository": "x"}', "sets `Repository`"),
        (json.dumps({f"k{n}": "x" for n in range(38)}), "has 38 tags"),
    ],
)
def test_custom_tags_that_aws_does_not_take_are_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInputs) as caught:
        read(custom_tags=text)
    assert said in caught.value.message


@given(st.text())
def test_every_value_becomes_one_that_aws_takes(value: str) -> None:
    found = session_tags.clean(value)
    assert len(found) <= 256
    assert session_tags.clean(found) == found


def test_the_jobs_own_tags_are_protected() -> None:
    assert set(session_tags.build(read(), JOB).values) <= PROTECTED

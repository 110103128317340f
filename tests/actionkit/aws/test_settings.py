from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actionkit.aws.settings import INPUTS, CredentialSettings, read
from actionkit.errors import InvalidInputs
from actionkit.inputs import Reader

DEFAULTS = {
    "audience": "sts.amazonaws.com",
    "role-session-name": "GitHubActions",
    "role-duration-seconds": "3600",
    "aws-region": "ap-northeast-2",
}
DEV = "arn:aws:iam::222222222222:role/deploy"


def settings(inputs: dict[str, str]) -> CredentialSettings:
    reader = Reader({**DEFAULTS, **inputs}, INPUTS)
    found = read(reader)
    reader.finish()
    return found


def problem(inputs: dict[str, str]) -> str:
    with pytest.raises(InvalidInputs) as caught:
        settings(inputs)
    (only,) = caught.value.problems
    return only.text


def test_nothing_but_defaults_is_fine() -> None:
    found = settings({})
    assert (found.role_to_assume, found.roles, found.accounts.allowed) == (None, (), ())


def test_a_chain_has_a_role_a_line_with_an_external_id_where_given() -> None:
    found = settings({"role-to-assume": DEV, "role-chain": f"{DEV}2 | id:1\n\n  {DEV}3\n"})
    assert [(str(hop.role), hop.external_id) for hop in found.role_chain] == [
        (f"{DEV}2", "id:1"),
        (f"{DEV}3", ""),
    ]
    assert [str(role) for role in found.roles] == [DEV, f"{DEV}2", f"{DEV}3"]


@pytest.mark.parametrize(
    "role",
    [DEV, "arn:aws-cn:iam::222222222222:role/x", "arn:aws:iam::222222222222:role/path/to/x+=,.@-_"],
)
def test_role_arns(role: str) -> None:
    region = "cn-north-1" if "aws-cn" in role else "eu-central-1"
    assert str(settings({"role-to-assume": role, "aws-region": region}).role_to_assume) == role


@pytest.mark.parametrize(
    "role",
    [
        "de ploy",
        "arn:aws:iam::2222:role/deploy",
        "arn:aws:iam::222222222222:user/deploy",
        "arn:aws:sts::222222222222:assumed-role/deploy/x",
        f"{DEV} {DEV}",
        "arn:aws:iam::222222222222:role/",
        "arn:aws:iam::" + "\N{FULLWIDTH DIGIT TWO}" * 12 + ":role/x",
    ],
)
@pytest.mark.parametrize("name", ["role-to-assume", "role-chain"])
def test_what_is_no_role_arn_is_refused(name: str, role: str) -> None:
    assert "no role's ARN" in problem({name: role})


@pytest.mark.parametrize("line", [f"{DEV}|", f"{DEV}|a", f"{DEV}|two words"])
def test_an_external_id_that_aws_does_not_take_is_refused(line: str) -> None:
    assert "external id" in problem({"role-chain": line})


@pytest.mark.parametrize(
    ("value", "accounts"),
    [
        ("", ()),
        ("222222222222", ("222222222222",)),
        ("111111111111, 222222222222", ("111111111111", "222222222222")),
        ("111111111111\n222222222222\n", ("111111111111", "222222222222")),
    ],
)
def test_allowed_accounts(value: str, accounts: tuple[str, ...]) -> None:
    assert settings({"allowed-account-ids": value}).accounts.allowed == accounts


@pytest.mark.parametrize("value", [",222222222222", "222222222222,", "222222222222,,111111111111"])
def test_an_empty_element_of_the_guard_fails_closed(value: str) -> None:
    assert "an empty element" in problem({"allowed-account-ids": value})


@pytest.mark.parametrize("value", ["22222222222", "dev", "0x2222222222"])
def test_what_is_no_account_id_is_refused(value: str) -> None:
    assert f"`{value}`, which is no account id" in problem({"allowed-account-ids": value})


@pytest.mark.parametrize("value", ["899", "43201", "1h", "3600.0"])
def test_a_duration_that_aws_does_not_take_is_refused(value: str) -> None:
    assert "from 900 to 43200" in problem({"role-duration-seconds": value})


@pytest.mark.parametrize("value", ["x", "a/b", "with space", "x" * 65, "ünicode"])
def test_a_session_name_that_aws_does_not_take_is_refused(value: str) -> None:
    assert "2 to 64 letters" in problem({"role-session-name": value})


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("eu-cental-1x", "Perhaps you meant `eu-central-1`"),
        ("aws-global", "no AWS region"),
        ("EU-CENTRAL-1", "no AWS region"),
        ("us-gov-west-1", "partition aws-us-gov"),
        ("us-east-1; rm -rf /", "no AWS region"),
    ],
)
def test_a_region_that_cannot_be_right_is_refused(region: str, said: str) -> None:
    assert said in problem({"aws-region": region, "role-to-assume": DEV})


@pytest.mark.parametrize("region", ["ap-northeast-2", "us-east-99", "mx-central-1"])
def test_a_region_that_may_be_right_is_taken(region: str) -> None:
    assert settings({"aws-region": region, "role-to-assume": DEV}).aws_region == region


def test_no_region_is_left_to_the_environment() -> None:
    assert settings({"aws-region": ""}).aws_region == ""


def test_a_roles_name_is_enough_where_other_credentials_name_the_account() -> None:
    found = settings({"role-to-assume": "path/deploy", "role-chaining": "true"})
    assert (str(found.role_to_assume), found.roles, found.decided) == ("path/deploy", (), "ambient")


def test_static_keys_are_read_and_shown_nowhere() -> None:
    given = {"aws-access-key-id": "AKIA", "aws-secret-access-key": "canary", "aws-session-token": "canary"}
    found = settings(given)
    assert found.keys
    assert (found.keys.secret_access_key, found.decided) == ("canary", "keys")
    assert "canary" not in repr(found)


KEY = {"aws-access-key-id": "AKIA"}
SECRET = {"aws-secret-access-key": "canary"}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (KEY, "`aws-secret-access-key` is empty"),
        (SECRET, "`aws-access-key-id` is empty"),
        ({"aws-session-token": "canary"}, "`aws-access-key-id` is empty"),
        ({**KEY, "aws-secret-access-key": "canary\ncanary"}, "has a space or a line break"),
        ({"role-external-id": "a"}, "2 to 1224"),
        ({"credential-source": "oidcc"}, "Perhaps you meant `oidc`"),
        ({"credential-source": "oidc"}, "needs `role-to-assume`"),
        ({"credential-source": "keys"}, "needs `aws-access-key-id`"),
        ({"credential-source": "token-file", "role-to-assume": DEV}, "needs `web-identity-token-file`"),
        ({"web-identity-token-file": "token"}, "Give `role-to-assume`"),
        ({"role-to-assume": "deploy", "web-identity-token-file": "token"}, "Write the role's ARN"),
        ({"role-to-assume": DEV, "force-skip-oidc": "true"}, "nothing else says how to become the role"),
        ({"retry-max-attempts": "0"}, "from 1 to 100"),
        ({"retry-max-attempts": "many"}, "from 1 to 100"),
        ({"disable-retry": "yes"}, "`true` or `false`"),
        ({"inline-session-policy": '{"Statement": []}'}, "can narrow only a role"),
        (
            {
                "managed-session-policies": "arn:aws:iam::aws:policy/ReadOnlyAccess",
                "role-to-assume": DEV,
                "use-existing-credentials": "true",
            },
            "can narrow only a role",
        ),
        (
            {"force-skip-oidc": "true", "credential-source": "oidc", "role-to-assume": DEV},
            "Leave one of them out",
        ),
        ({"http-proxy": "http://user:canary/x@proxy:3128"}, "isn't a URL"),
        ({"http-proxy": "http://user:canary#x@proxy:3128"}, "isn't a URL"),
        ({"sts-endpoint": "sts.amazonaws.com"}, "isn't a URL"),
        ({"http-proxy": "user:canary@host:3128"}, "isn't a URL"),
    ],
)
def test_what_does_not_go_together_is_refused(inputs: dict[str, str], said: str) -> None:
    found = problem(inputs)
    assert said in found
    assert "canary" not in found


@pytest.mark.parametrize(
    ("inputs", "warned"),
    [
        ({"role-to-assume": DEV, "role-external-id": "our-id"}, 1),
        ({"role-to-assume": DEV, "custom-tags": '{"Team": "a"}'}, 1),
        ({"role-to-assume": DEV, "custom-tags": '{"Team": "a"}', "role-chain": DEV}, 0),
        ({"role-to-assume": DEV, "role-chaining": "true", "role-external-id": "our-id"}, 0),
    ],
)
def test_what_has_no_effect_is_said(inputs: dict[str, str], warned: int) -> None:
    reader = Reader({**DEFAULTS, **inputs}, INPUTS)
    read(reader)
    reader.finish()
    assert len(reader.warnings) == warned


@pytest.mark.parametrize(
    ("inputs", "attempts"),
    [
        ({}, None),
        ({"retry-max-attempts": "12"}, 12),
        ({"disable-retry": "true"}, 1),
        ({"disable-retry": "true", "retry-max-attempts": "12"}, 1),
    ],
)
def test_how_often_is_tried(inputs: dict[str, str], attempts: int | None) -> None:
    assert settings(inputs).attempts == attempts


@given(st.dictionaries(st.sampled_from(sorted(INPUTS)), st.text(max_size=60), max_size=8))
def test_whatever_is_given_there_are_settings_or_problems_and_no_traceback(inputs: dict[str, str]) -> None:
    reader = Reader({**DEFAULTS, **inputs}, INPUTS)
    read(reader)
    with suppress(InvalidInputs):
        reader.finish()

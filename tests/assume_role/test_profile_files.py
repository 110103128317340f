import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assume_role import profile_files

TEXT = """\
# ours, by hand
[default]
region = eu-central-1
s3 =
  max_concurrent_requests = 20

# what CI uses
[profile  ci]
# to be replaced
region = us-east-1

# and people
[sso-session x]
sso_region = us-east-1
"""


def test_one_section_is_replaced_and_all_else_stays_with_its_comments() -> None:
    changed = profile_files.with_section(TEXT, "profile ci", {"region": "ap-northeast-2"})
    assert changed == TEXT.replace(
        "[profile  ci]\n# to be replaced\nregion = us-east-1\n", "[profile ci]\nregion = ap-northeast-2\n"
    )


@pytest.mark.parametrize("before", ["", "# none\n", "[a]\nx = 1", "[a]\nx = 1\n", "[a]\nx = 1\n\n"])
def test_a_new_section_comes_last_after_an_empty_line(before: str) -> None:
    changed = profile_files.with_section(before, "ci", {"a": "b"})
    assert changed.startswith(before)
    assert changed.endswith("[ci]\na = b\n")
    assert before == "" or "\n\n[ci]" in changed


def test_a_section_that_is_there_twice_is_there_once_afterwards() -> None:
    changed = profile_files.with_section("[ci]\na = 1\n[b]\nc = 2\n[ci]\na = 3\n", "ci", {"a": "4"})
    assert changed == "[ci]\na = 4\n[b]\nc = 2\n"


def test_what_was_written_can_be_taken_back() -> None:
    added = profile_files.with_section(TEXT, "other", {"a": "b"})
    assert profile_files.without_section(added, "other").rstrip() == TEXT.rstrip()
    assert profile_files.section_text(TEXT, "profile ci").splitlines()[1] == "[profile  ci]"
    assert profile_files.has(TEXT, "profile ci")
    assert not profile_files.has(TEXT, "ci")


@pytest.mark.parametrize(
    ("header", "section"),
    [('[profile "ci"]', "profile ci"), ("[profile 'ci']", "profile ci"), ("[profile default]", "default")],
)
def test_a_section_is_known_by_its_other_spellings(header: str, section: str) -> None:
    assert profile_files.with_section(f"{header}\nregion = x\n", section, {}) == f"[{section}]\n"


def test_line_ends_of_others_stay() -> None:
    assert profile_files.with_section("[a]\r\nx = 1\r\n", "b", {}).startswith("[a]\r\nx = 1\r\n")


@pytest.mark.parametrize("value", ["a\nb", "a\r[default]", "a\0"])
def test_a_value_that_would_end_its_line_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="aws_session_token"):
        profile_files.with_section("", "ci", {"aws_session_token": value})


NAMES = st.text(alphabet="abcdef-_", min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, NAMES, max_size=3), max_size=5), NAMES)
def test_any_file_keeps_its_other_sections(sections: dict[str, dict[str, str]], name: str) -> None:
    text = ""
    for section, values in sections.items():
        text = profile_files.with_section(text, section, values)
    changed = profile_files.with_section(text, name, {"key": "value"})
    parsed = configparser.RawConfigParser(default_section="\0")
    parsed.read_string(changed)
    expected = {**sections, name: {"key": "value"}}
    assert {section: dict(parsed[section]) for section in parsed.sections()} == expected

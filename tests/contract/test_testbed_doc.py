"""docs/testbed.md says what is so: commands, errors, names that are taken. (Its keys are generated.)"""

import re

import pytest

from testbed import cli
from testbed.organisation_file.references import RESERVED_HOSTS
from testbed.runner_host.kinds import KINDS
from tools.paths import ROOT

TEXT = (ROOT / "docs" / "testbed.md").read_text()
SOURCES = "\n".join(path.read_text() for path in (ROOT / "tests" / "testbed").rglob("*.py"))


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def cells(text: str) -> list[str]:
    """What is in code in a table's first column."""
    rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)[1:]
    return [
        shown
        for row in rows
        for shown in re.findall(r"``\s(.+?)\s``|`([^`]+)`", row)
        for shown in shown
        if shown
    ]


def test_every_command_is_there_and_no_other() -> None:
    assert {cell.split()[1] for cell in cells(section("Commands"))} == set(cli.COMMANDS)


@pytest.mark.parametrize("error", cells(section("When something goes wrong")))
def test_the_errors_that_are_listed_exist(error: str) -> None:
    """`…` and capitals stand for what differs from case to case."""
    parts = [part.strip() for part in re.split(r"…|\b[A-Z]+\b", error) if part.strip(" `:")]
    assert [part for part in parts if part not in SOURCES] == []


def test_the_names_that_are_taken_are_said() -> None:
    assert [name for name in (*RESERVED_HOSTS, *KINDS) if f"`{name}`" not in TEXT] == []

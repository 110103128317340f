"""Workflow commands, masks, file commands and argument lines: pure text in, values out."""

import base64
import json
from urllib.parse import quote

import pytest

from testbed.simulator.commands import Command, parse
from testbed.simulator.dotnet import split_arguments
from testbed.simulator.errors import StepFailure
from testbed.simulator.file_commands import pairs
from testbed.simulator.masking import Masker

KNOWN = {"error", "add-mask", "group", "set-output"}


# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("::error::it broke", Command("error", "it broke")),
        (
            "  ::error file=a.py,line=3,title=A%2C B%3A::x%0Ay%25",
            Command("error", "x\ny%", {"file": "a.py", "line": "3", "title": "A, B:"}),
        ),
        ("::ERROR::upper", Command("error", "upper")),
        ("::error file=,line=1::x", Command("error", "x", {"line": "1"})),
        ("::error ::", Command("error", "")),
        ("text ::error::inside", None),  # only at the start
        ("::unknown::x", None),
        ("::error no end", None),
        ("text ##[error]anywhere%0A", Command("error", "anywhere\n")),
        ("##[set-output name=a;x=%5D%3B]v", Command("set-output", "v", {"name": "a", "x": "];"})),
        ("##[nope]x", None),
    ],
)
def test_command_lines(line: str, command: Command | None) -> None:
    assert parse(line, KNOWN) == command


# https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1\nb=x=y\n\nc=", [("a", "1"), ("b", "x=y"), ("c", "")]),
        ("a<<EOF\none\n\ntwo\nEOF\nb=2\n", [("a", "one\n\ntwo"), ("b", "2")]),
        ("a<<EOF\nEOF\n", [("a", "")]),
        ("a=x<<EOF\n", [("a", "x<<EOF")]),  # = comes first
        ("a<<E=F\nv\nE=F", [("a", "v")]),  # << comes first
        ("a<<EOF\nEOF\ninjected=1\n", [("a", ""), ("injected", "1")]),  # the first delimiter ends it
        ("a<<EOF\nEOF x\n EOF\nEOF", [("a", "EOF x\n EOF")]),  # only a line that equals it
        ("a=1\r\n", [("a", "1\r")]),  # no CRLF on Linux
    ],
)
def test_file_commands(text: str, found: list[tuple[str, str]]) -> None:
    assert pairs(text, "output") == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("just text", "Invalid output format 'just text'"),
        ("=value", "Name must not be empty"),
        ("a<<", "delimiter must not be empty"),
        ("<<EOF\nEOF", "Name must not be empty"),
        ("a<<EOF\nvalue\n", "Matching delimiter not found 'EOF'"),
    ],
)
def test_malformed_file_commands(text: str, message: str) -> None:
    with pytest.raises(StepFailure, match=message):
        pairs(text, "output")


# https://github.com/actions/runner/blob/main/src/Runner.Common/HostContext.cs (value encoders)
SECRET = 'p&ss "w0rd"/\\é+long'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode()[:24],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET, safe="-_.~"),
        SECRET.replace("&", "&amp;").replace('"', "&quot;"),
    ],
)
def test_masked_in_each_encoding(written: str) -> None:
    masker = Masker()
    masker.add(SECRET)
    masked = masker.mask(f"<{written}>")
    assert SECRET not in masked
    assert masked.startswith("<***")


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_masked_inside_longer_base64(before: str) -> None:
    masker = Masker()
    masker.add("a-rather-long-secret")
    encoded = base64.b64encode(f"{before}a-rather-long-secret-and-more".encode()).decode()
    assert "***" in masker.mask(encoded)


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        (["one\ntwo"], "one and two", "*** and ***"),  # each line of a multi-line secret
        (['{\n"a": 1\n}'], "x{y}", "x***y***"),  # even a brace alone: no minimum length
        (["abc", "cde"], "abcde", "***"),  # overlapping
        (["abc", "def"], "abcdef", "***"),  # touching
        (["it's"], "'it''s'", "'***'"),  # as in an expression
        (["  "], "a  b", "a  b"),
    ],
)
def test_masks(secrets: list[str], text: str, masked: str) -> None:
    masker = Masker()
    for secret in secrets:
        masker.add(secret)
    assert masker.mask(text) == masked


# https://learn.microsoft.com/en-us/dotnet/api/system.diagnostics.processstartinfo.arguments
@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("a b  c", ["a", "b", "c"]),
        ('"a b" ""', ["a b", ""]),
        ('"say \\"hi\\""', ['say "hi"']),
        ('a"b c"d', ["ab cd"]),
        ("back\\slash 'single quotes'", ["back\\slash", "'single", "quotes'"]),
        ('"ends\\\\"', ["ends\\"]),
        ('"$HOME `x`"', ["$HOME `x`"]),
        ("", []),
    ],
)
def test_argument_lines(line: str, arguments: list[str]) -> None:
    assert split_arguments(line) == arguments

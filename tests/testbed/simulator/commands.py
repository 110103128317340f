"""Workflow commands: a line of output into a command.

https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
"""

from collections.abc import Collection
from dataclasses import dataclass, field

V1_ESCAPES = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))
DATA_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


@dataclass(frozen=True)
class Command:
    name: str  # lower case
    data: str
    properties: dict[str, str] = field(default_factory=dict)  # names in lower case


def parse(line: str, known: Collection[str]) -> Command | None:
    """`::name key=value::data` at the start of a line, or `##[name key=value]data` anywhere in it."""
    return _parse_v2(line, known) or _parse_v1(line, known)


def _parse_v2(line: str, known: Collection[str]) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    if name.lower() not in known:
        return None
    pairs = _pairs(properties.strip(), ",", PROPERTY_ESCAPES)
    return Command(name.lower(), _unescape(line[end + 2 :], DATA_ESCAPES), pairs)


def _parse_v1(line: str, known: Collection[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in known:
        return None
    pairs = _pairs(properties, ";", V1_ESCAPES)
    return Command(name.lower(), _unescape(line[end + 1 :], V1_ESCAPES), pairs)


def _pairs(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found = {}
    for piece in text.split(separator):
        key, _, value = piece.partition("=")
        if key and value:
            found[key.lower()] = _unescape(value, escapes)
    return found


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in escapes:
        text = text.replace(escaped, plain)
    return text

"""AWS's two configuration files as text: one profile's section is changed, all else stays as it is.

https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

# A header, and the comments right above it, which are about it.
SECTION = re.compile(r"^(?P<comments>(?:[ \t]*[#;].*\n)*)\[(?P<name>.+?)\]", re.MULTILINE)


def has(text: str, section: str) -> bool:
    return any(_name(match["name"]) == section for match in SECTION.finditer(text))


def with_section(text: str, section: str, values: Mapping[str, str]) -> str:
    """`text` with the section's settings being `values` alone; comments among them go with what they explain.

    ValueError where a value would end its line: it could begin a section of its own.
    """
    for name, value in values.items():
        if re.search(r"[\r\n\0]", f"{name}{value}"):
            raise ValueError(name)
    body = "".join(f"{name} = {value}\n" for name, value in values.items())
    return _put(text, section, lambda part: f"{_comments(part)}[{section}]\n{body}{_blank_end(part)}")


def with_text(text: str, section: str, written: str) -> str:
    """`text` with the section as `section_text` gave it before."""
    return _put(text, section, lambda _: written)


def _put(text: str, section: str, write: Callable[[str], str]) -> str:
    """`write` is given the section as it is, or nothing; without one, what it writes comes last."""
    parts = _parts(text)
    places = [number for number, (name, _) in enumerate(parts) if name == section]
    if not places:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{write('')}"
    # A section may be there twice, and the later one wins: one is left.
    kept = [
        write(part) if number == places[0] else "" if number in places else part
        for number, (_, part) in enumerate(parts)
    ]
    return "".join(kept)


def without_section(text: str, section: str) -> str:
    return "".join(part for name, part in _parts(text) if name != section)


def section_text(text: str, section: str) -> str:
    """The section as it is written, header included; empty where there is none."""
    return "".join(part for name, part in _parts(text) if name == section)


def _parts(text: str) -> list[tuple[str, str]]:
    """(section's name, its lines) in order; what comes before the first one has no name."""
    starts = [match.start() for match in SECTION.finditer(text)]
    bounds = [0, *starts, len(text)]
    parts = [text[a:b] for a, b in pairwise(bounds)]
    return [(_name(m["name"]) if (m := SECTION.match(part)) else "", part) for part in parts if part]


def _name(header: str) -> str:
    """`profile ci` of `profile  "ci"`; `[profile default]` is the section `default`."""
    name = " ".join(part.strip("\"'") for part in header.split())
    return "default" if name == "profile default" else name


def _comments(part: str) -> str:
    match = SECTION.match(part)
    return match["comments"] if match else ""


def _blank_end(part: str) -> str:
    """The empty lines that part a section from the next."""
    return "\n" * (len(part) - len(part.rstrip("\n")) - 1)

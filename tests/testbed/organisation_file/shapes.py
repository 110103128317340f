"""What a value of the organisation file may look like, and the walk that finds where one doesn't."""

import re
from dataclasses import dataclass

import yaml

from testbed.organisation_file.document import FLAG, TEXT, Entry, Problems, perhaps


@dataclass(frozen=True)
class Text:
    """what: in people's words; it must match the pattern, or be one of the words."""

    what: str
    pattern: str = ".+"
    one_of: tuple[str, ...] = ()

    def check(self, entry: Entry, problems: Problems) -> None:
        node = entry.node
        if not isinstance(node, yaml.ScalarNode):
            problems.add(entry, f"should be {self.what}, and is {_kind(node)}")
        elif self.one_of and entry.text not in self.one_of:
            problems.add(entry, f"`{entry.text}` is not {self.what}{perhaps(entry.text, self.one_of)}")
        elif node.tag != TEXT:
            problems.add(entry, f'YAML reads {entry.text or "nothing"} as no text: write "{entry.text}"')
        elif not re.fullmatch(self.pattern, entry.text):
            problems.add(entry, f"`{entry.text}` is not {self.what}")


@dataclass(frozen=True)
class Flag:
    what: str = "true or false"

    def check(self, entry: Entry, problems: Problems) -> None:
        if entry.node.tag != FLAG:
            problems.add(entry, f"should be {self.what}, and is {entry.text or _kind(entry.node)}")


@dataclass(frozen=True)
class ListOf:
    what: str
    of: "Shape"
    least: int = 0
    most: int | None = None

    def check(self, entry: Entry, problems: Problems) -> None:
        if not isinstance(entry.node, yaml.SequenceNode):
            problems.add(entry, f"should be {self.what}, and is {_kind(entry.node)}")
            return
        length = len(entry.items)
        if length < self.least or (self.most is not None and length > self.most):
            problems.add(entry, f"should be {self.what}, and has {length}")
        for item in entry.items:
            self.of.check(item, problems)


@dataclass(frozen=True)
class Key:
    """default: what holds without it, in people's words; None where it can't be left out."""

    about: str
    value: "Shape"
    default: str | None = None


@dataclass(frozen=True)
class Record:
    """A mapping whose keys are known."""

    what: str
    keys: dict[str, Key]

    def check(self, entry: Entry, problems: Problems) -> None:
        if not _mapping(entry, self.what, problems):
            return
        for name, value in entry.keys:
            if name.text in self.keys:
                self.keys[name.text].value.check(value, problems)
            else:
                problems.add(name, f"unknown key `{name.text}`{perhaps(name.text, self.keys)}")
        for missing in [n for n, key in self.keys.items() if key.default is None and entry.get(n) is None]:
            problems.add(entry, f"`{missing}` is missing: {self.keys[missing].about}")


@dataclass(frozen=True)
class MapOf:
    """A mapping whose keys are names that the user gives."""

    what: str
    name: Text
    of: "Shape"
    least: int = 0

    def check(self, entry: Entry, problems: Problems) -> None:
        if not _mapping(entry, self.what, problems):
            return
        if len(entry.keys) < self.least:
            problems.add(entry, f"should be {self.what}, and is empty")
        for name, value in entry.keys:
            self.name.check(name, problems)
            self.of.check(value, problems)


Shape = Text | Flag | ListOf | Record | MapOf


def _mapping(entry: Entry, what: str, problems: Problems) -> bool:
    """Whether it is one; a key that is there twice is a problem: YAML would take the last."""
    if not isinstance(entry.node, yaml.MappingNode):
        problems.add(entry, f"should be {what}, and is {_kind(entry.node)}")
        return False
    seen: dict[str, int] = {}
    for name, _ in entry.keys:
        if name.text in seen:
            problems.add(name, f"`{name.text}` is there twice, first in line {seen[name.text]}")
        seen.setdefault(name.text, name.line)
    return True


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"`{node.value}`" if node.value else "empty"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"

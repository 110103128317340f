"""YAML whose every value knows its line, and the problems that are found in it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

import yaml

TEXT = "tag:yaml.org,2002:str"
FLAG = "tag:yaml.org,2002:bool"


@dataclass(frozen=True, order=True)
class Problem:
    line: int
    text: str


@dataclass
class Problems:
    """What is wrong with one file, in the order of its lines, each said once."""

    found: set[Problem] = field(default_factory=set)

    def add(self, entry: "Entry", text: str) -> None:
        self.found.add(Problem(entry.line, f"{entry.path}: {text}" if entry.path else text))


class Entry:
    """A value and where it is. Asked for what it isn't, it gives nothing: the shapes check what it is."""

    def __init__(self, node: yaml.Node, path: str = "", line: int = 0) -> None:
        self.node = node
        self.path = path
        self.line: int = line or node.start_mark.line + 1

    @property
    def keys(self) -> "list[tuple[Entry, Entry]]":
        """The keys and values of a mapping. A value's line is its key's: there people look for it."""
        if not isinstance(self.node, yaml.MappingNode):
            return []
        pairs = [(Entry(key, self.path), value) for key, value in self.node.value]
        return [(key, Entry(value, _join(self.path, key.text), key.line)) for key, value in pairs]

    @property
    def items(self) -> "list[Entry]":
        """The items of a sequence."""
        if not isinstance(self.node, yaml.SequenceNode):
            return []
        return [Entry(node, f"{self.path}[{number}]") for number, node in enumerate(self.node.value)]

    @property
    def text(self) -> str:
        """The text of a scalar, as written."""
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else ""

    def get(self, name: str) -> "Entry | None":
        return next((value for key, value in self.keys if key.text == name), None)

    def each(self, name: str) -> "list[Entry]":
        """The items of the sequence of that name."""
        found = self.get(name)
        return found.items if found else []

    def word(self, name: str) -> str:
        """The text of that name, or an empty one."""
        found = self.get(name)
        return found.text if found else ""


def parse(text: str, problems: Problems) -> Entry | None:
    """The document, or None and a problem."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        text = f"not YAML: {error.problem or error.context}"
        problems.found.add(Problem(mark.line + 1 if mark else 1, text))
        return None
    except yaml.YAMLError as error:
        problems.found.add(Problem(1, f"not YAML: {' '.join(str(error).split())}"))
        return None
    if node is None:
        problems.found.add(Problem(1, "the file is empty"))
    return None if node is None else Entry(node)


def perhaps(word: str, known: Iterable[str]) -> str:
    """`: perhaps you meant …`, or what there is."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, 1)
    if near:
        return f"; perhaps you meant `{near[0]}`"
    return f"; there is {', '.join(f'`{name}`' for name in names)}" if names else "; there is none"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

"""YAML and JSON text into documents, as kubectl splits and reads them. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from eks_deploy.goyaml import Loader

# Nodes of one document. An API server takes 3 MiB a request; kubectl's YAML has such a limit as well:
# https://github.com/kubernetes/kubernetes/issues/83253
LARGEST = 1_000_000


@dataclass(frozen=True)
class Document:
    """One value, the line (from 1) where it starts, and where each of its `items` starts."""

    value: object
    line: int
    item_lines: tuple[int, ...] = ()


class SyntaxProblem(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def documents(text: str) -> list[Document]:
    """Every document that isn't empty; raises SyntaxProblem with the line of the first fault."""
    if text.lstrip().startswith("{"):
        try:
            return _json_documents(text)
        except json.JSONDecodeError:
            pass  # `{a: b}` is YAML too, and its parser says what is wrong with either
    return _yaml_documents(text)


def _yaml_documents(text: str) -> list[Document]:
    loader = Loader(text)
    found = []
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            value = _constructed(loader, node)
            if value is not None:
                found.append(Document(value, node.start_mark.line + 1, _item_lines(node)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = [part for part in (error.context, error.problem) if part]
        raise SyntaxProblem(", ".join(words), mark.line + 1 if mark else 1) from None
    except yaml.reader.ReaderError as error:
        raise SyntaxProblem(f"a character that YAML doesn't allow: {error.reason}", 1) from None
    finally:
        loader.dispose()
    return found


def _constructed(loader: Loader, node: yaml.Node) -> object:
    if _written_out(node, {}) > LARGEST:
        line = node.start_mark.line + 1
        raise SyntaxProblem("its aliases make it larger than any object may be", line)
    try:
        return loader.construct_document(node)
    except (ValueError, LookupError, AttributeError):
        # PyYAML lets Python's own errors through, and they quote the value: it may be a Secret's.
        line = node.start_mark.line + 1
        raise SyntaxProblem("a value isn't of the type that its tag says", line) from None


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes it is without aliases; endless ones count as too many."""
    if id(node) not in known:
        known[id(node)] = LARGEST
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in parts for part in pair]
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]


def _item_lines(node: yaml.Node) -> tuple[int, ...]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "items" and isinstance(value, yaml.SequenceNode):
                return tuple(item.start_mark.line + 1 for item in value.value)
    return ()


def _json_documents(text: str) -> list[Document]:
    decoder = json.JSONDecoder(object_pairs_hook=_unique)
    found, position = [], 0
    while (start := re.compile(r"\s*").match(text, position)) and start.end() < len(text):
        line = text.count("\n", 0, start.end()) + 1
        try:
            value, position = decoder.raw_decode(text, start.end())
        except _DuplicateKeyError as error:
            raise SyntaxProblem(str(error), line) from None
        found.append(Document(value, line))
    return found


class _DuplicateKeyError(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, item in pairs:
        if key in value:
            raise _DuplicateKeyError(f"the key {key!r} appears twice in one object")
        value[key] = item
    return value

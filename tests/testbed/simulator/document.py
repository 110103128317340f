"""YAML as GitHub reads it: core-schema scalars (`on` is a string), no duplicate keys, a line for each."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import Unsupported, WorkflowError

NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
CONSTANTS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Value:
    """A YAML value with its place: `data` is a scalar, a list of values or a mapping of strings to values."""

    data: Any
    line: int
    file: str

    def error(self, message: str) -> WorkflowError:
        return WorkflowError(message, file=self.file, line=self.line)

    def unsupported(self, what: str) -> WorkflowError:
        message = f"{what} is valid on GitHub, but this simulator does not support it"
        return Unsupported(message, file=self.file, line=self.line)

    def mapping(
        self, what: str, keys: Collection[str] | None = None, required: Collection[str] = ()
    ) -> "dict[str, Value]":
        if not isinstance(self.data, dict):
            raise self.error(f"{what} must be a mapping")
        for key, value in self.data.items():
            if keys is not None and key not in keys:
                raise value.error(f"Unexpected key '{key}' in {what}; it knows {', '.join(sorted(keys))}")
        for key in required:
            if key not in self.data:
                raise self.error(f"Required property is missing in {what}: {key}")
        return self.data

    def sequence(self, what: str) -> "list[Value]":
        if not isinstance(self.data, list):
            raise self.error(f"{what} must be a sequence")
        return self.data

    def text(self, what: str) -> str:
        if isinstance(self.data, (dict, list)) or self.data is None or self.data == "":
            raise self.error(f"{what} must be a non-empty string")
        return plain(self.data)

    def texts(self, what: str) -> list[str]:
        items = self.data if isinstance(self.data, list) else [self]
        return [item.text(what) for item in items]

    def unwrap(self) -> Any:
        """The value without its lines, as the expression language sees it."""
        if isinstance(self.data, dict):
            return {key: value.unwrap() for key, value in self.data.items()}
        if isinstance(self.data, list):
            return [value.unwrap() for value in self.data]
        return self.data


def plain(scalar: Any) -> str:
    """A YAML scalar as the string that a field of type string gets."""
    if scalar is None:
        return ""
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    if isinstance(scalar, float) and scalar.is_integer():
        return str(int(scalar))
    return str(scalar)


def load(path: Path, shown_as: str = "") -> Value:
    name = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise WorkflowError(f"The file can't be read: {error.strerror}", file=name) from error
    return parse(text, name)


def parse(text: str, name: str) -> Value:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise WorkflowError(f"This is not valid YAML: {error.problem}", file=name, line=line) from error
    if node is None:
        raise WorkflowError("The file is empty", file=name)
    return _value(node, name)


def _value(node: yaml.Node, file: str) -> Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Value(_mapping(node, file), line, file)
    if isinstance(node, yaml.SequenceNode):
        return Value([_value(item, file) for item in node.value], line, file)
    return Value(_scalar(node), line, file)


def _mapping(node: yaml.MappingNode, file: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "":
            raise WorkflowError("A key must be a non-empty string", file=file, line=line)
        key = key_node.value
        if any(key.lower() == known.lower() for known in found):
            raise WorkflowError(f"'{key}' is already defined", file=file, line=line)
        value = _value(value_node, file)
        found[key] = Value(value.data, line, file) if _is_scalar(value) else value
    return found


def _is_scalar(value: Value) -> bool:
    return not isinstance(value.data, (dict, list))


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if (
        getattr(node, "style", None) is not None
    ):  # quoted and block scalars are strings whatever they look like
        return text
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return float(int(text, 16))
    if re.fullmatch(r"0o[0-7]+", text):
        return float(int(text, 0))
    return float(text) if NUMBER.fullmatch(text) else text

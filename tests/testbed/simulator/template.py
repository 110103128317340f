"""Strings with `${{ }}`: parsed when the file is loaded, against the names that may stand in that place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .document import Value, plain
from .errors import WorkflowError
from .expressions.evaluate import Scope, evaluate
from .expressions.parser import ExpressionError, Node, Parser
from .expressions.values import text, truthy
from .places import GENERAL, STATUS, Place


@dataclass(frozen=True)
class Template:
    """A value of the file: one typed expression, or text with expressions in it."""

    parts: tuple[str | Node, ...]
    file: str
    line: int
    source: str

    @classmethod
    def of(cls, value: Value, place: Place) -> "Template":
        if isinstance(value.data, (dict, list)):
            raise value.error(f"A sequence or mapping was not expected for {place.name}")
        source = plain(value.data)
        return cls(tuple(_parts(source, value, place)), value.file, value.line, source)

    @classmethod
    def typed(cls, value: Value, place: Place, kind: type = object) -> "Template":
        """A literal keeps its YAML type; one of another type than `kind` is refused when the file is read.

        https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/ObjectTemplating/TemplateReader.cs
        """
        data = value.data
        if isinstance(data, (dict, list)) or (isinstance(data, str) and "${{" in data):
            return cls.of(value, place)
        if not isinstance(data, kind):
            raise value.error(f"Unexpected value '{plain(data)}'")
        return cls((Node("literal", (data,)),), value.file, value.line, plain(data))

    @property
    def is_literal(self) -> bool:
        return not any(isinstance(part, Node) and part.op != "literal" for part in self.parts)

    def value(self, scope: Scope) -> Any:
        try:
            found = [evaluate(part, scope) if isinstance(part, Node) else part for part in self.parts]
        except ExpressionError as error:
            message = f"The template is not valid: {error}"
            raise WorkflowError(message, file=self.file, line=self.line) from error
        return found[0] if len(found) == 1 else "".join(map(text, found))

    def text(self, scope: Scope) -> str:
        found = self.value(scope)
        if isinstance(found, (list, dict)):
            kind = "sequence" if isinstance(found, list) else "mapping"
            raise WorkflowError(f"A {kind} was not expected", file=self.file, line=self.line)
        return text(found)

    def number(self, scope: Scope) -> float:
        """A string is no number, whatever it looks like: fromJSON makes one of it."""
        found = self.value(scope)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise self._unexpected(found)
        return float(found)

    def boolean(self, scope: Scope) -> bool:
        found = self.value(scope)
        if not isinstance(found, bool):
            raise self._unexpected(found)
        return found

    def _unexpected(self, found: Any) -> WorkflowError:
        return WorkflowError(f"Unexpected value '{text(found)}'", file=self.file, line=self.line)


@dataclass(frozen=True)
class Condition:
    """An `if`: success() is implied where no status function is called."""

    node: Node
    file: str
    line: int

    @classmethod
    def of(cls, value: Value | None, place: Place) -> "Condition":
        success = Node("call", ("success",))
        if value is None or value.data in (None, ""):
            return cls(success, "", 0)
        template = Template.of(value, place) if "${{" in plain(value.data) else None
        if template is None:
            node = _expression(plain(value.data), value, place)
        elif len(template.parts) == 1 and isinstance(template.parts[0], Node):
            node = template.parts[0]
        else:  # `${{ a }} == 'b'` is text, and text is true: GitHub's own trap, kept
            pieces = [p if isinstance(p, Node) else Node("literal", (p,)) for p in template.parts]
            pattern = "".join(f"{{{i}}}" for i in range(len(pieces)))
            node = Node("call", ("format", Node("literal", (pattern,)), *pieces))
        if not node.calls() & STATUS:
            node = Node("&&", (success, node))
        return cls(node, value.file, value.line)

    def holds(self, scope: Scope) -> bool:
        try:
            return truthy(evaluate(self.node, scope))
        except ExpressionError as error:
            raise WorkflowError(
                f"The `if` can't be decided: {error}", file=self.file, line=self.line
            ) from error


def _expression(source: str, value: Value, place: Place) -> Node:
    try:
        return Parser(source, place.contexts, place.functions | GENERAL).parse()
    except ExpressionError as error:
        raise value.error(f"{place.name}: {error}") from error


def _parts(source: str, value: Value, place: Place) -> Iterator[str | Node]:
    at = 0
    while (start := source.find("${{", at)) >= 0:
        if start > at:
            yield source[at:start]
        end = _end(source, start + 3)
        if end < 0:
            raise value.error(
                f"{place.name}: The expression is not closed. An unescaped ${{{{ sequence was found"
            )
        if not source[start + 3 : end].strip():
            raise value.error(f"{place.name}: An expression was expected")
        yield _expression(source[start + 3 : end], value, place)
        at = end + 2
    if at < len(source) or not source:
        yield source[at:]


def _end(source: str, at: int) -> int:
    """Where the closing braces are, not counting those in strings."""
    in_string = False
    while at < len(source):
        if source[at] == "'":
            in_string = not in_string
        elif not in_string and source.startswith("}}", at):
            return at
        at += 1
    return -1

"""An expression tree and the contexts of a moment into a value."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .functions import FUNCTIONS
from .hash_files import hash_files
from .parser import ExpressionError, Node
from .values import equal, less, lookup, spread, text, truthy


@dataclass
class Scope:
    """What an expression sees: contexts by name, and what success(), failure() and cancelled() tell."""

    contexts: dict[str, Any] = field(default_factory=dict)
    status: str = "success"
    cancelled: bool = False
    workspace: Path | None = None


def evaluate(node: Node, scope: Scope) -> Any:
    if node.op == "literal":
        return node.args[0]
    if node.op == "context":
        return scope.contexts.get(node.args[0])
    if node.op == "call":
        return _call(node, scope)
    if node.op in ("&&", "||"):
        left = evaluate(node.args[0], scope)
        return left if truthy(left) == (node.op == "||") else evaluate(node.args[1], scope)
    values = [evaluate(arg, scope) for arg in node.args]
    return OPERATORS[node.op](*values)


def _compare(operator: str, left: Any, right: Any) -> bool:
    if operator == "==":
        return equal(left, right)
    if operator == "!=":
        return not equal(left, right)
    if operator == "<":
        return less(left, right)
    if operator == ">":
        return less(right, left)
    return equal(left, right) or (less(left, right) if operator == "<=" else less(right, left))


OPERATORS: dict[str, Callable[..., Any]] = {
    "not": lambda value: not truthy(value),
    "spread": spread,
    "index": lookup,
    **{operator: partial(_compare, operator) for operator in ("==", "!=", "<", "<=", ">", ">=")},
}


def _call(node: Node, scope: Scope) -> Any:
    name, *arguments = node.args
    if name == "always":
        return True
    if name == "cancelled":
        return scope.cancelled
    if name in ("success", "failure"):
        return scope.status == name and not (name == "success" and scope.cancelled)
    values = [evaluate(argument, scope) for argument in arguments]
    if name != "hashfiles":
        return FUNCTIONS[name](*values)
    if scope.workspace is None:
        raise ExpressionError("hashFiles is not available before the job has a workspace")
    return hash_files(scope.workspace, [text(value) for value in values])

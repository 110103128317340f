"""`strategy`: one job of the file becomes several, its legs.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategy
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/WorkflowTemplateEvaluator.cs
"""

import re
from dataclasses import dataclass, field
from typing import Any

from . import matrix, places
from .document import Value
from .expressions.evaluate import Scope
from .matrix import Combination
from .template import Template

NAME_LENGTH = 100
KEYS = ("matrix", "fail-fast", "max-parallel")


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """`matrix` is still text with expressions in it: they may need what earlier jobs give."""

    fail_fast: Template | None
    max_parallel: Template | None
    matrix: Value | None


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One of the jobs; without a matrix the only one, with neither id nor title."""

    id: str = ""  # as GitHub makes it for its messages: _10_ubuntu
    title: str = ""  # what stands in parentheses after the job's name: 10, ubuntu
    matrix: Combination | None = None
    strategy: dict[str, Any] = field(default_factory=dict)

    @property
    def fail_fast(self) -> bool:
        return self.strategy["fail-fast"] is True

    def name(self, job: str) -> str:
        """https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/JobNameBuilder.cs"""
        name = f"{job} ({self.title})" if self.title else job
        return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 3]}..."


def read(value: Value | None) -> Strategy | None:
    """A matrix without expressions is tried at once, so that a wrong one is refused before anything runs."""
    if value is None:
        return None
    keys = value.mapping("strategy", KEYS)
    if "matrix" in keys and not _has_expressions(keys["matrix"]):
        matrix.combinations(keys["matrix"])
    return Strategy(
        fail_fast=_typed(keys.get("fail-fast"), bool),
        max_parallel=_typed(keys.get("max-parallel"), float),
        matrix=keys.get("matrix"),
    )


def _typed(value: Value | None, kind: type) -> Template | None:
    return Template.typed(value, places.STRATEGY, kind) if value is not None else None


def _has_expressions(value: Value) -> bool:
    """Parses them all on the way: what is wrong with one is an error now."""
    if not isinstance(value.data, (dict, list)):
        return not Template.typed(value, places.STRATEGY).is_literal
    if isinstance(value.data, dict):
        for key, item in value.data.items():
            if "${{" in key:
                raise item.error(f"'{key}': this simulator takes no expression as a key of a matrix")
    items = value.data.values() if isinstance(value.data, dict) else value.data
    found = [_has_expressions(item) for item in items]
    return True in found


def legs(strategy: Strategy | None, scope: Scope) -> list[Leg]:
    """In the order in which GitHub creates them. When `exclude` leaves nothing, one without a matrix."""
    fail_fast = strategy.fail_fast.boolean(scope) if strategy and strategy.fail_fast else True
    limit = strategy.max_parallel.number(scope) if strategy and strategy.max_parallel else 0.0
    found = []
    if strategy and strategy.matrix is not None:
        found = matrix.combinations(_resolved(strategy.matrix, scope))
    total = float(len(found) or 1)
    parallel = float(int(limit)) if found and limit > 0 else total
    context = {"fail-fast": fail_fast, "job-total": total, "max-parallel": parallel}
    if not found:
        return [Leg(strategy={**context, "job-index": 0.0})]
    ids, titles, made = _Unique(), _Unique(), []
    for index, (combination, segments) in enumerate(found):
        leg_id = ids.add(_id(segments))
        title = titles.add(", ".join(segments) or leg_id)
        own = {**context, "job-index": float(index)}
        made.append(Leg(id=leg_id, title=title, matrix=combination, strategy=own))
    return made


def _resolved(value: Value, scope: Scope) -> Value:
    """The same tree with the values of its expressions, which may be lists and mappings themselves."""
    if isinstance(value.data, dict):
        data: Any = {key: _resolved(item, scope) for key, item in value.data.items()}
    elif isinstance(value.data, list):
        data = [_resolved(item, scope) for item in value.data]
    else:
        return _located(Template.typed(value, places.STRATEGY).value(scope), value)
    return Value(data, value.line, value.file)


def _located(data: Any, place: Value) -> Value:
    """What an expression gave, as if it stood in the file where the expression stands."""
    if isinstance(data, dict):
        data = {key: _located(item, place) for key, item in data.items()}
    elif isinstance(data, list):
        data = [_located(item, place) for item in data]
    return Value(data, place.line, place.file)


def _id(segments: list[str]) -> str:
    """https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/IdBuilder.cs"""
    made = re.sub(r"[^A-Za-z0-9_-]", "_", "_".join(segments)) or "job"
    if made[0].isdigit() or made[0] == "-":
        made = f"_{made}"
    return (f"_{made.lstrip('_')}" if made.startswith("__") else made)[:NAME_LENGTH]


class _Unique:
    def __init__(self) -> None:
        self._taken: set[str] = set()

    def add(self, wanted: str) -> str:
        name, number = wanted, 2
        while name.lower() in self._taken:
            name, number = f"{wanted}_{number}", number + 1
        self._taken.add(name.lower())
        return name

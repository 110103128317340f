"""The combinations of a matrix, with what `exclude` takes away and `include` adds.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/MatrixBuilder.cs
"""

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from .document import Value
from .expressions.values import equal, lookup, text

MAX_LEGS = 256  # https://docs.github.com/en/actions/reference/limits
Combination = dict[str, Any]


def combinations(matrix: Value) -> list[tuple[Combination, list[str]]]:
    """The first variable changes slowest. Each with the texts of what tells it from the others in a name."""
    rows = matrix.mapping("matrix")
    vectors = {name: _vector(name, row) for name, row in rows.items() if name not in ("include", "exclude")}
    includes = _items(rows.get("include"), "include")
    if not vectors and not includes:
        raise matrix.error("Matrix must define at least one vector")
    found = list(_expanded(vectors, includes, _excludes(rows.get("exclude"), vectors)))
    if len(found) > MAX_LEGS:
        raise matrix.error(f"A matrix generates {MAX_LEGS} jobs at most; this one has more")
    return found


def _expanded(
    vectors: dict[str, list[Any]], includes: list[Combination], excludes: list[Combination]
) -> Iterator[tuple[Combination, list[str]]]:
    """What an `include` adds may be overwritten by a later one, the matrix's own values may not."""
    parts = [_divided(item, vectors) for item in includes]
    matched: set[int] = set()
    products = product(*vectors.values()) if vectors else iter(())
    kept = (dict(zip(vectors, values, strict=True)) for values in products)
    wanted = (one for one in kept if not any(_matches(item, one) for item in excludes))
    for combination in islice(wanted, MAX_LEGS + 1):
        fitting = [index for index, (keys, _) in enumerate(parts) if _matches(keys, combination)]
        matched.update(fitting)
        extra = {name: value for index in fitting for name, value in parts[index][1].items()}
        yield {**combination, **extra}, list(_segments(combination))
    for index, (keys, extra) in enumerate(parts):
        if index not in matched:
            yield {**keys, **extra}, list(_segments({**keys, **extra}))


def _vector(name: str, row: Value) -> list[Any]:
    values = row.sequence(f"Matrix vector '{name}'")
    if not values:
        raise row.error(f"Matrix vector '{name}' does not contain any values")
    return [value.unwrap() for value in values]


def _items(value: Value | None, what: str) -> list[Combination]:
    found = []
    for item in value.sequence(f"matrix {what}") if value is not None else ():
        if not item.mapping(f"an item of matrix {what}"):
            raise item.error(f"An item of matrix {what} does not contain any values")
        found.append(item.unwrap())
    return found


def _excludes(value: Value | None, vectors: dict[str, list[Any]]) -> list[Combination]:
    found = _items(value, "exclude")
    for item in value.data if value is not None else ():
        for key, place in item.data.items():
            if _vector_of(key, vectors) is None:
                raise place.error(f"Matrix exclude key '{key}' does not match any key within the matrix")
    return found


def _divided(item: Combination, vectors: dict[str, list[Any]]) -> tuple[Combination, Combination]:
    """What has to agree with a combination, and what is added to it."""
    keys = {name: value for name, value in item.items() if _vector_of(name, vectors) is not None}
    return keys, {name: value for name, value in item.items() if name not in keys}


def _vector_of(name: str, vectors: dict[str, list[Any]]) -> str | None:
    return next((known for known in vectors if known.lower() == name.lower()), None)


def _matches(expected: Any, found: Any) -> bool:
    """Leaf by leaf, by the expression language's `==`: what the filter doesn't mention may be anything."""
    if isinstance(expected, dict):
        return all(_matches(value, lookup(found, key)) for key, value in expected.items())
    if isinstance(expected, list):
        return all(_matches(value, lookup(found, float(index))) for index, value in enumerate(expected))
    return equal(found, expected)


def _segments(value: Any) -> Iterator[str]:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _segments(item)
    elif shown := text(value):
        yield shown

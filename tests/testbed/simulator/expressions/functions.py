"""The functions that need nothing but their arguments.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
"""

import re
from collections.abc import Callable
from typing import Any

from .parser import ExpressionError
from .values import equal, from_json, text, to_json, truthy


def contains(search: Any, item: Any) -> bool:
    if isinstance(search, list):
        return any(equal(each, item) for each in search)
    return not _composite(search, item) and _upper(item) in _upper(search)


def starts_with(search: Any, start: Any) -> bool:
    return not _composite(search, start) and _upper(search).startswith(_upper(start))


def ends_with(search: Any, end: Any) -> bool:
    return not _composite(search, end) and _upper(search).endswith(_upper(end))


def join(items: Any, separator: Any = ",") -> str:
    if isinstance(items, list):
        return text(separator).join(text(item) for item in items)
    return "" if isinstance(items, dict) else text(items)


def format_(pattern: Any, *arguments: Any) -> str:
    def one(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None:
            raise ExpressionError(f"The following format string is invalid: {text(pattern)}")
        if int(match[1]) >= len(arguments):
            raise ExpressionError(
                f"The following format string references more arguments than were supplied: {text(pattern)}"
            )
        return text(arguments[int(match[1])])

    return re.sub(r"\{\{|\}\}|\{(\d+)\}|[{}]", one, text(pattern))


def parse_json(source: Any) -> Any:
    try:
        return from_json(text(source))
    except ValueError as error:
        raise ExpressionError(f"Error parsing fromJSON: {error}") from error


def case(*arguments: Any) -> Any:
    if len(arguments) % 2 == 0:
        raise ExpressionError("case needs pairs of condition and value, then a default")
    for index in range(0, len(arguments) - 1, 2):
        if truthy(arguments[index]):
            return arguments[index + 1]
    return arguments[-1]


def _composite(*values: Any) -> bool:
    return any(isinstance(value, (list, dict)) for value in values)


def _upper(value: Any) -> str:
    return text(value).upper()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": contains,
    "startswith": starts_with,
    "endswith": ends_with,
    "join": join,
    "format": format_,
    "fromjson": parse_json,
    "tojson": to_json,
    "case": case,
}

"""Values of the expression language and their coercions.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
Python's None, bool, float, str, list and dict stand for the language's types; objects compare by identity.
"""

import json
import math
import re
from typing import Any

NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")

KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


class CaseSensitive(dict[str, Any]):
    """An object with case-sensitive names: only the env context is one, on Linux."""


class Filtered(list[Any]):
    """What `*` gives: an array whose further dereferences apply to every item."""


def kind(value: Any) -> str:
    return next((name for types, name in KINDS if isinstance(value, types)), "null")


def truthy(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value)


def number(value: Any) -> float:
    if value is None:
        return 0.0
    if isinstance(value, (bool, int, float)):
        return float(value)
    return _parse(value.strip()) if isinstance(value, str) else math.nan


def _parse(text: str) -> float:
    if text == "":
        return 0.0
    if NUMBER.fullmatch(text):
        return float(text)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return float(int(text, 16))
    if re.fullmatch(r"0o[0-7]+", text):
        return float(int(text, 0))
    return {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}.get(text, math.nan)


def text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number_text(float(value))
    if isinstance(value, str):
        return value
    return "Array" if isinstance(value, list) else "Object"


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    shown = f"{value:.15g}"  # .NET's G15, which the runner uses
    return re.sub(r"e([+-])0*(\d+)", lambda m: f"E{m[1]}{int(m[2]):02d}", shown)


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
        return left is right
    if kind(left) != kind(right):
        left, right = number(left), number(right)
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() < right.upper()
    return number(left) < number(right)


def to_json(value: Any) -> str:
    return json.dumps(_jsonable(value), indent=2, ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def from_json(source: str) -> Any:
    return json.loads(source, parse_int=float)


def lookup(container: Any, key: Any) -> Any:
    """`container.key` or `container[key]`: null where there is nothing."""
    if isinstance(container, Filtered):
        found = (lookup(item, key) for item in container if isinstance(item, (list, dict)))
        return Filtered(item for item in found if item is not None)
    if isinstance(container, list):
        index = number(key)
        valid = not math.isnan(index) and 0 <= index < len(container)
        return container[math.floor(index)] if valid else None
    if not isinstance(container, dict):
        return None
    name = text(key)
    if name in container or isinstance(container, CaseSensitive):
        return container.get(name)
    return next((value for known, value in container.items() if known.lower() == name.lower()), None)


def spread(container: Any) -> Filtered:
    """`container.*`"""
    if isinstance(container, Filtered):
        return Filtered(inner for item in container for inner in spread(item))
    if isinstance(container, list):
        return Filtered(container)
    return Filtered(container.values()) if isinstance(container, dict) else Filtered()

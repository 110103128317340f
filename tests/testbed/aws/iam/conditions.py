"""Condition blocks: every operator AND, every key AND, values of a key OR.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from ipaddress import ip_address, ip_network
from typing import Any

from testbed.aws.iam.policy import listed, matches

Context = Mapping[str, Any]  # condition key -> value, or list of values for a multivalued key
Compare = Callable[[str, str], bool]  # (value in the policy, value in the request)


def satisfied(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    folded = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, key.lower(), [_text(v) for v in listed(values)], folded)
        for operator, block in conditions.items()
        for key, values in block.items()
    )


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return all((context.get(key) is None) == (w == "true") for w in wanted)
    if_exists = name.endswith("IfExists")
    compare, negated = _operator(name.removesuffix("IfExists"))
    values = [_text(v) for v in listed(context.get(key))]
    if not values:
        # A missing key fails every operator but the negated ones, …IfExists and ForAllValues.
        return if_exists or quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")

    def one(value: str) -> bool:
        hit = any(compare(_substituted(w, context), value) for w in wanted)
        return not hit if negated else hit

    return any(map(one, values)) if quantifier == "ForAnyValue" else all(map(one, values))


def _operator(name: str) -> tuple[Compare, bool]:
    if name in COMPARISONS:
        return COMPARISONS[name], False
    positive = NEGATIONS.get(name)
    if positive is None:
        raise ValueError(f"unknown condition operator {name}")
    return COMPARISONS[positive], True


def _substituted(pattern: str, context: Context) -> str:
    """Policy variables: ${aws:PrincipalTag/team} is the request's value; none matches nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    while (start := pattern.find("${")) >= 0 and (end := pattern.find("}", start)) > 0:
        value = context.get(pattern[start + 2 : end].lower())
        pattern = pattern[:start] + ("\0" if value is None else _text(value)) + pattern[end + 1 :]
    return pattern


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts of an ARN on its own: a `*` doesn't reach over a colon."""
    left, right = pattern.split(":", 5), value.split(":", 5)
    return len(left) == len(right) and all(map(matches, left, right))


def _moment(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), timezone.utc)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _in_network(network: str, address: str) -> bool:
    return ip_address(address) in ip_network(network, strict=False)


COMPARISONS: dict[str, Compare] = {
    "StringEquals": lambda w, v: w == v,
    "StringEqualsIgnoreCase": lambda w, v: w.lower() == v.lower(),
    "StringLike": matches,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda w, v: w.lower() == v.lower(),
    "NumericEquals": lambda w, v: float(v) == float(w),
    "NumericLessThan": lambda w, v: float(v) < float(w),
    "NumericLessThanEquals": lambda w, v: float(v) <= float(w),
    "NumericGreaterThan": lambda w, v: float(v) > float(w),
    "NumericGreaterThanEquals": lambda w, v: float(v) >= float(w),
    "DateEquals": lambda w, v: _moment(v) == _moment(w),
    "DateLessThan": lambda w, v: _moment(v) < _moment(w),
    "DateLessThanEquals": lambda w, v: _moment(v) <= _moment(w),
    "DateGreaterThan": lambda w, v: _moment(v) > _moment(w),
    "DateGreaterThanEquals": lambda w, v: _moment(v) >= _moment(w),
    "IpAddress": _in_network,
}
NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}

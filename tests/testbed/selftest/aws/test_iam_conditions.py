"""Condition operators, as the IAM User Guide describes them."""

from typing import Any

import pytest

from testbed.aws.iam.conditions import satisfied

CONTEXT = {
    "token:sub": "repo:org/app:ref:refs/heads/main",
    "aws:PrincipalArn": "arn:aws:iam::111111111111:role/team/runner",
    "aws:SourceIp": "10.10.1.10",
    "aws:SecureTransport": True,
    "aws:CurrentTime": "2026-11-23T12:00:00+00:00",
    "aws:EpochTime": 1795435200,
    "aws:PrincipalTag/team": "blue",
    "aws:RequestTag/team": "blue",
    "aws:TagKeys": ["team", "commit"],
    "size": "5",
}
TABLE: list[tuple[str, str, Any, bool]] = [
    ("StringEquals", "token:sub", "repo:org/app:ref:refs/heads/main", True),
    ("StringEquals", "token:sub", ["other", "repo:org/app:ref:refs/heads/main"], True),
    ("StringEquals", "token:sub", "repo:org/app:*", False),
    ("StringEquals", "TOKEN:SUB", "repo:org/app:ref:refs/heads/main", True),
    ("StringEquals", "token:sub", "REPO:org/app:ref:refs/heads/main", False),
    ("StringEqualsIgnoreCase", "token:sub", "REPO:org/app:ref:refs/heads/main", True),
    ("StringNotEquals", "token:sub", "repo:org/app:ref:refs/heads/main", False),
    ("StringNotEquals", "token:sub", ["a", "b"], True),
    ("StringLike", "token:sub", "repo:org/app:*", True),
    ("StringLike", "token:sub", "repo:org/ap?:ref:*", True),
    ("StringLike", "token:sub", "repo:org/app", False),
    ("StringLike", "token:sub", "repo.org/app:*", False),
    ("StringNotLike", "token:sub", "repo:org/*", False),
    ("StringNotLike", "token:sub", "repo:evil/*", True),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", True),
    ("ArnLike", "aws:PrincipalArn", "arn:*:role/*", False),
    ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/team/*", True),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::222222222222:role/*", True),
    ("Bool", "aws:SecureTransport", "true", True),
    ("Bool", "aws:SecureTransport", False, False),
    ("NumericEquals", "size", "5.0", True),
    ("NumericLessThan", "size", 5, False),
    ("NumericLessThanEquals", "size", 5, True),
    ("NumericGreaterThan", "size", "4", True),
    ("NumericNotEquals", "size", "4", True),
    ("DateGreaterThan", "aws:CurrentTime", "2026-11-23T11:59:59Z", True),
    ("DateLessThan", "aws:CurrentTime", "2026-11-23T12:00:00Z", False),
    ("DateLessThanEquals", "aws:EpochTime", "2030-01-01T00:00:00Z", True),
    ("IpAddress", "aws:SourceIp", "10.10.0.0/16", True),
    ("IpAddress", "aws:SourceIp", ["10.20.0.0/16", "10.30.0.0/16"], False),
    ("NotIpAddress", "aws:SourceIp", "10.20.0.0/16", True),
    ("Null", "absent", "true", True),
    ("Null", "absent", "false", False),
    ("Null", "size", "false", True),
    # A key that isn't there: refused, but for negations and …IfExists.
    ("StringEquals", "absent", "x", False),
    ("StringLike", "absent", "*", False),
    ("StringNotEquals", "absent", "x", True),
    ("StringEqualsIfExists", "absent", "x", True),
    ("StringEqualsIfExists", "size", "6", False),
    # Keys with several values.
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "commit", "actor"], True),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False),
    ("ForAllValues:StringEquals", "absent", ["team"], True),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["commit"], True),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["actor"], False),
    ("ForAnyValue:StringEquals", "absent", ["team"], False),
    ("ForAnyValue:StringNotEquals", "absent", ["team"], False),
    # Policy variables.
    ("StringEquals", "aws:RequestTag/team", "${aws:PrincipalTag/team}", True),
    ("StringEquals", "aws:RequestTag/team", "${aws:PrincipalTag/colour}", False),
]


@pytest.mark.parametrize(("operator", "key", "wanted", "expected"), TABLE)
def test_condition(operator: str, key: str, wanted: Any, expected: bool) -> None:
    assert satisfied({operator: {key: wanted}}, CONTEXT) is expected


def test_all_operators_and_keys_must_hold() -> None:
    both = {
        "StringEquals": {"size": "5", "aws:SourceIp": "10.10.1.10"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    assert satisfied(both, CONTEXT)
    assert not satisfied({**both, "Null": {"size": "true"}}, CONTEXT)


def test_an_unknown_operator_is_an_error_rather_than_a_guess() -> None:
    with pytest.raises(ValueError, match="StringMatches"):
        satisfied({"StringMatches": {"size": "5"}}, CONTEXT)

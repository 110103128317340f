"""What narrows or marks a role session: session policies, tags, and how much room they take."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testbed.aws.authority import PolicyDocument
from testbed.aws.errors import AwsError
from testbed.aws.sts import managed_policies
from testbed.aws.sts.validation import members

INLINE_LIMIT = 2048  # characters
# AWS keeps its packed format to itself: an estimate that a few tags never reach and fifty long ones do.
PACKED_BYTES = 4096
PROTECTED = "aws:"


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    policies: tuple[PolicyDocument, ...]
    tags: Mapping[str, str]
    transitive: tuple[str, ...]
    packed_percent: int | None  # None without policies and tags: the answer then lacks PackedPolicySize


def read(parameters: Mapping[str, str]) -> SessionOptions:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html"""
    policies = [*_inline(parameters), *_managed(parameters)]
    tags = {item["Key"]: item.get("Value", "") for item in members(parameters, "Tags")}
    for key, value in tags.items():
        _check_tag(key, value)
    if len(tags) > 50:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
            "Member must have length less than or equal to 50",
        )
    transitive = tuple(item[""] for item in members(parameters, "TransitiveTagKeys"))
    for key in transitive:
        if key not in tags:
            raise AwsError(
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            )
    return SessionOptions(
        policies=tuple(policies),
        tags=tags,
        transitive=transitive,
        packed_percent=_packed(parameters.get("Policy", ""), tags) if policies or tags else None,
    )


def _inline(parameters: Mapping[str, str]) -> list[PolicyDocument]:
    text = parameters.get("Policy")
    if text is None:
        return []
    if len(text) > INLINE_LIMIT:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {INLINE_LIMIT}",
        )
    try:
        document: Any = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not document.get("Statement"):
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json")
    return [document]


def _managed(parameters: Mapping[str, str]) -> list[PolicyDocument]:
    documents = []
    for item in members(parameters, "PolicyArns"):
        document = managed_policies.known().get(item["arn"])
        if document is None:
            raise AwsError("NoSuchEntity", f"Policy {item['arn']} does not exist or is not attachable.", 404)
        documents.append(document)
    return documents


def _check_tag(key: str, value: str) -> None:
    if key.lower().startswith(PROTECTED):
        raise AwsError("ValidationError", f"Tag keys cannot start with {PROTECTED}")
    for text, field, limit in ((key, "key", 128), (value, "value", 256)):
        if len(text) > limit:
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value '{text}' at 'tags.1.member.{field}' failed to satisfy "
                f"constraint: Member must have length less than or equal to {limit}",
            )


def _packed(policy: str, tags: Mapping[str, str]) -> int:
    size = len(policy) + sum(len(key.encode()) + len(value.encode()) + 2 for key, value in tags.items())
    percent = -(-size * 100 // PACKED_BYTES)
    if percent > 100:
        raise AwsError(
            "PackedPolicyTooLarge", f"Packed size of session tags consumes {percent}% of allotted space."
        )
    return percent

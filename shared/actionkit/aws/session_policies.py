"""Session policies: what of the role's permissions a session keeps.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

import json
import re
from dataclasses import dataclass

from actionkit.inputs import Reader

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
INLINE_CHARACTERS = 2048
MOST_MANAGED = 10
MANAGED = r"arn:aws[a-z0-9-]*:iam::(?:aws|[0-9]{12}):policy/[\x21-\x7e]{1,512}"


@dataclass(frozen=True, kw_only=True)
class SessionPolicies:
    """A policy document as JSON, or empty; ARNs of managed policies."""

    inline: str
    managed: tuple[str, ...]

    def parameters(self) -> dict[str, str]:
        """By the query protocol's names."""
        inline = {"Policy": self.inline} if self.inline else {}
        return {
            **inline,
            **{f"PolicyArns.member.{n}.arn": arn for n, arn in enumerate(self.managed, start=1)},
        }


NO_POLICIES = SessionPolicies(inline="", managed=())


def read(reader: Reader) -> SessionPolicies:
    """`inline-session-policy` and `managed-session-policies`."""
    return SessionPolicies(inline=_inline(reader), managed=_managed(reader))


def _inline(reader: Reader) -> str:
    text = reader.text("inline-session-policy")
    if not text:
        return ""
    name = "inline-session-policy"
    try:
        found = json.loads(text)
    except ValueError as error:
        reader.problem(name, f"isn't JSON ({error})", "Write a policy document, as in an IAM policy.")
        return ""
    if not isinstance(found, dict) or "Statement" not in found:
        reader.problem(name, "has no `Statement`", "Write a policy document, as in an IAM policy.")
    # Spaces count for AWS, and YAML's indentation is most of what people write.
    packed = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    if len(packed) > INLINE_CHARACTERS:
        reader.problem(
            name,
            f"has {len(packed)} characters without spaces",
            f"AWS takes {INLINE_CHARACTERS}: put the rest into a managed policy and name it in "
            "`managed-session-policies`.",
        )
    return packed


def _managed(reader: Reader) -> tuple[str, ...]:
    name, found = "managed-session-policies", reader.lines("managed-session-policies")
    for each in found:
        if not re.fullmatch(MANAGED, each):
            reader.problem(
                name,
                f"has `{each}`, which is no managed policy's ARN",
                "Write one a line, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`.",
            )
    if len(found) > MOST_MANAGED:
        reader.problem(name, f"has {len(found)} policies", f"AWS takes {MOST_MANAGED} for a session.")
    return found

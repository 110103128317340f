"""ARNs of roles and of role sessions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

import re
from dataclasses import dataclass

# A role's path, if it has one, and name.
NAME = r"((?:[\x21-\x7e]{1,510}/)?)([\w+=,.@-]{1,64})"
ROLE = re.compile(rf"arn:(aws[a-z0-9-]*):iam::([0-9]{{12}}):role/{NAME}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class RoleArn:
    text: str
    partition: str
    account: str
    name: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class RoleName:
    """A role of the account whose credentials assume it, with its path if it has one."""

    text: str

    def within(self, partition: str, account: str) -> RoleArn | None:
        return role(f"arn:{partition}:iam::{account}:role/{self.text}")

    def __str__(self) -> str:
        return self.text


def role(text: str) -> RoleArn | None:
    """A role's ARN in parts, or None where `text` is something else."""
    match = ROLE.fullmatch(text)
    if not match:
        return None
    return RoleArn(text=text, partition=match[1], account=match[2], name=match[4])


def partition(arn: str) -> str:
    """`aws`, `aws-cn`, `aws-us-gov`…"""
    return arn.split(":")[1]


def account(arn: str) -> str:
    """The 12 digits; IAM's and STS's ARNs all have them."""
    return arn.split(":")[4]


def role_of_session(arn: str) -> str:
    """The role's ARN where `arn` is a role session's, else `arn`; a session's ARN lacks the role's path."""
    if not is_role_session(arn):
        return arn
    _, part, _, _, account, resource = arn.split(":", 5)
    return f"arn:{part}:iam::{account}:role/{resource.split('/')[1]}"


def is_role_session(arn: str) -> bool:
    return ":assumed-role/" in arn

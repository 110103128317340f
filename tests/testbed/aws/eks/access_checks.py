"""What EKS refuses in an access entry. Pure.

The rules: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
Sentences without a source of their own are the testbed's.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from testbed.aws.eks import access_policies
from testbed.aws.eks.access_entries import NODE_GROUP, NODE_USER, Entry
from testbed.aws.eks.access_policies import Grant
from testbed.aws.errors import AwsError

KINDS = {"STANDARD": "", "EC2_LINUX": NODE_USER}  # EKS has more; the user name that it sets
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
SESSION = ("{{SessionName}}", "{{SessionNameRaw}}")


def unique_id(found: str | None) -> str:
    """Of a role that there is.

    https://github.com/aws-samples/sample-agentic-platform/issues/11
    """
    if found is None:
        raise _invalid("The specified principalArn is invalid: invalid principal.")
    return found


def changed(entry: Entry, parameters: Mapping[str, Any]) -> Entry:
    """The entry with the parameters of CreateAccessEntry or UpdateAccessEntry."""
    kind = parameters.get("type", entry.kind)
    if kind not in KINDS:
        raise _invalid(f"The testbed has no access entries of type {kind}.")
    groups, user = parameters.get("kubernetesGroups"), parameters.get("username")
    if kind != "STANDARD":
        if groups or user:
            raise _invalid(f"An access entry of type {kind} can have neither kubernetesGroups nor username.")
        return replace(entry, kind=kind, user=KINDS[kind], groups=(NODE_GROUP,))
    if user is not None:
        _check_user(user)
        entry = replace(entry, user=user)
    if groups is not None:
        _check_groups(groups)
        entry = replace(entry, groups=tuple(groups))
    return entry


def grant(entry: Entry, parameters: Mapping[str, Any]) -> Grant:
    """What AssociateAccessPolicy asks for."""
    policy, scope = str(parameters.get("policyArn")), parameters.get("accessScope") or {}
    if entry.kind != "STANDARD":
        raise AwsError(
            "InvalidRequestException", f"An access entry of type {entry.kind} can have no access policies."
        )
    if not access_policies.known(policy):
        raise _invalid(f"The specified policyArn is invalid: {policy}")
    kind, namespaces = scope.get("type"), tuple(scope.get("namespaces") or ())
    if (kind, bool(namespaces)) not in (("cluster", False), ("namespace", True)):
        raise _invalid("The accessScope is either of type cluster, or of type namespace with namespaces.")
    return Grant(policy=policy, namespaces=namespaces or None)


def _check_groups(groups: list[str]) -> None:
    reserved = [group for group in groups if group.startswith("system:")]
    if reserved:
        raise _invalid(f"The kubernetes group name {reserved[0]} is invalid, it cannot start with system:")


def _check_user(user: str) -> None:
    reserved = [prefix for prefix in RESERVED if user.startswith(prefix)]
    if reserved:
        raise _invalid(f"The username {user} is invalid, it cannot start with {reserved[0]}")
    before = min((user.partition(name)[0] for name in SESSION if name in user), key=len, default=":")
    if ":" not in before:
        raise _invalid(f"The username {user} is invalid, it must have a colon before {{{{SessionName}}}}")


def _invalid(sentence: str) -> AwsError:
    return AwsError("InvalidParameterException", sentence)

"""A 401: AWS knows the caller, the cluster doesn't. Which of the three usual reasons is it?"""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from actionkit.aws.identity import Identity
from actionkit.errors import ActionError
from eks_deploy.eks import Cluster


def role_of(arn: str) -> str:
    """The IAM role's ARN of an assumed-role ARN, without the path that STS doesn't tell; other ARNs
    as they are.
    """
    match = re.fullmatch(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.+", arn)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else arn


def unauthorized(client: Any, cluster: Cluster, identity: Identity) -> ActionError:
    """Looks at the cluster's access entries where that is allowed; a look-up that is refused is said,
    not raised.
    """
    role = role_of(identity.arn)
    mode = cluster.authentication_mode or "unknown"
    message = (
        f"The API server of {cluster.name} answered 401: it doesn't know the caller.\n"
        f"Caller: {identity.arn}. The cluster's authenticationMode: {mode}."
    )
    if mode == "CONFIG_MAP":
        return ActionError("The cluster doesn't know the role", message, _aws_auth_hint(role))
    found, hint = _entry(client, cluster, role)
    if mode == "API_AND_CONFIG_MAP":
        hint = f"{hint}\nOr, with the older ConfigMap: {_aws_auth_hint(role)}"
    return ActionError("The cluster doesn't know the role", f"{message}\n{found}", hint)


def _entry(client: Any, cluster: Cluster, role: str) -> tuple[str, str]:
    create = f"aws eks create-access-entry --cluster-name {cluster.name} --principal-arn {role}"
    add = f"Create one, with the groups that RBAC knows: `{create} --kubernetes-groups GROUP`."
    try:
        entries = _entries(client, cluster.name)
    except (BotoCoreError, ClientError):
        return "This role may not read its access entries (eks:ListAccessEntries).", f"Is there one? {add}"
    name = role.rpartition("/")[2]
    same = [entry for entry in entries if entry.rpartition("/")[2] == name and ":role/" in entry]
    if not same:
        return f"It has no access entry for {role}.", add
    hint = (
        "A new entry takes up to a minute. If the role was deleted and made again since, the entry still "
        "means the old one: delete the entry and create it again."
    )
    return f"It has an access entry for {', '.join(same)}.", hint


def _entries(client: Any, cluster: str) -> list[str]:
    found: list[str] = []
    for page in client.get_paginator("list_access_entries").paginate(clusterName=cluster):
        found += page["accessEntries"]
    return found


def _aws_auth_hint(role: str) -> str:
    return (
        f"`mapRoles` in the ConfigMap kube-system/aws-auth needs the rolearn {role}. A role with a path "
        "(role/team/name) is written there without it, or nothing matches."
    )

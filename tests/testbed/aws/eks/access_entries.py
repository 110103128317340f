"""EKS access entries, kept for the API and written for aws-iam-authenticator, which maps principals by them.

File format: pkg/mapper/dynamicfile and pkg/config/types.go of
https://github.com/kubernetes-sigs/aws-iam-authenticator/tree/v0.6.13
"""

import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from testbed.aws.eks.clusters import Clusters
from testbed.organisation import Cluster

NODE_GROUP, NODE_USER = "system:nodes", "system:node:{{EC2PrivateDNSName}}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    principal: str
    user: str
    groups: tuple[str, ...]
    kind: str = "STANDARD"
    created: float = field(default_factory=time.time)


class AccessEntries:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters
        self._lock = threading.Lock()
        self._entries: dict[str, dict[str, Entry]] = {}
        self.restore()

    def restore(self) -> None:
        """The organisation's entries, and that of each cluster's nodes."""
        with self._lock:
            for cluster in self._clusters.organisation.clusters.values():
                node = Entry(
                    principal=cluster.node_role.arn, user=NODE_USER, groups=(NODE_GROUP,), kind="EC2_LINUX"
                )
                entries = [standard(e.role.arn, e.groups) for e in cluster.access_entries]
                self._entries[cluster.name] = {entry.principal: entry for entry in [node, *entries]}
                self._write(cluster.name)

    def principals(self, cluster: str) -> list[str]:
        with self._lock:
            return sorted(self._entries[cluster])

    def find(self, cluster: str, principal: str) -> Entry | None:
        with self._lock:
            return self._entries[cluster].get(principal)

    def put(self, cluster: str, entry: Entry) -> None:
        with self._lock:
            self._entries[cluster][entry.principal] = entry
            self._write(cluster)

    def remove(self, cluster: str, principal: str) -> None:
        with self._lock:
            del self._entries[cluster][principal]
            self._write(cluster)

    def description(self, cluster: Cluster, entry: Entry) -> dict[str, Any]:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessEntry.html"""
        region, account = self._clusters.organisation.region, cluster.account.id
        return {
            "clusterName": cluster.name,
            "principalArn": entry.principal,
            "kubernetesGroups": list(entry.groups),
            "accessEntryArn": f"arn:aws:eks:{region}:{account}:{resource(cluster.name, entry.principal)}",
            "createdAt": entry.created,
            "modifiedAt": entry.created,
            "tags": {},
            "username": entry.user,
            "type": entry.kind,
        }

    def _write(self, cluster: str) -> None:
        """Replaced whole, or the authenticator could read half a file."""
        folder = self._clusters.folder(cluster)
        folder.mkdir(parents=True, exist_ok=True)
        roles = [
            {"rolearn": entry.principal, "username": entry.user, "groups": list(entry.groups)}
            for entry in self._entries[cluster].values()
        ]
        partial = folder / f".access-entries.{os.getpid()}"
        partial.write_text(json.dumps({"mapRoles": roles, "mapUsers": [], "mapAccounts": []}, indent=2))
        partial.replace(folder / "access-entries.json")


def standard(principal: str, groups: tuple[str, ...], user: str | None = None) -> Entry:
    """EKS's user name for a role is its session's ARN.

    https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    """
    account, role = principal.split(":")[4], principal.rpartition("/")[2]
    default = f"arn:aws:sts::{account}:assumed-role/{role}/{{{{SessionName}}}}"
    return Entry(principal=principal, user=user or default, groups=groups)


def resource(cluster: str, principal: str) -> str:
    """The end of an entry's ARN: access-entry/CLUSTER/role/ACCOUNT/NAME/ID."""
    account, name = principal.split(":")[4], principal.rpartition("/")[2]
    return f"access-entry/{cluster}/role/{account}/{name}"

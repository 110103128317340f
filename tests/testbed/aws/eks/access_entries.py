"""EKS access entries and each cluster's authentication mode: kept for the API, written for the cluster.

An entry is bound to its role's unique id: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
"""

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from testbed.aws.eks import access_files
from testbed.aws.eks.access_policies import Grant
from testbed.aws.eks.authentication_mode import BACKENDS, CONFIG_MAP
from testbed.aws.eks.clusters import Clusters
from testbed.aws.world import World
from testbed.organisation import Cluster

NODE_GROUP, NODE_USER = "system:nodes", "system:node:{{EC2PrivateDNSName}}"


@dataclass(frozen=True, kw_only=True)
class Association:
    """An access policy of an entry; times are seconds of the epoch."""

    grant: Grant
    associated: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)


@dataclass(frozen=True, kw_only=True)
class Entry:
    principal: str
    unique_id: str  # the role's at the time; never shown
    user: str
    groups: tuple[str, ...]
    kind: str = "STANDARD"
    policies: tuple[Association, ...] = ()
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)

    def associated(self, policy: str) -> Association | None:
        return next((a for a in self.policies if a.grant.policy == policy), None)

    def without(self, policy: str) -> "Entry":
        return replace(self, policies=tuple(a for a in self.policies if a.grant.policy != policy))


@dataclass
class _Access:
    """Of one cluster."""

    mode: str
    entries: dict[str, Entry]


class AccessEntries:
    """Thread-safe. In the mode CONFIG_MAP there are none."""

    def __init__(self, clusters: Clusters, world: World) -> None:
        self._clusters = clusters
        self._world = world
        self._lock = threading.Lock()
        self._clusters_access: dict[str, _Access] = {}
        for cluster in clusters.organisation.clusters.values():
            self.create_as(cluster, cluster.authentication_mode)

    def create_as(self, cluster: Cluster, mode: str) -> None:
        """As if the cluster had been created in this mode: with the organisation's entries, or none."""
        entries = [] if mode == CONFIG_MAP else [self._node(cluster), *self._declared(cluster)]
        with self._lock:
            self._clusters_access[cluster.name] = _Access(mode, {e.principal: e for e in entries})
            self._write(cluster.name)

    def mode(self, cluster: str) -> str:
        with self._lock:
            return self._clusters_access[cluster].mode

    def update_mode(self, cluster: Cluster, mode: str) -> None:
        """One step on; EKS itself makes the entry of the nodes then."""
        node = self._node(cluster)
        with self._lock:
            access = self._clusters_access[cluster.name]
            access.mode = mode
            access.entries.setdefault(node.principal, node)
            self._write(cluster.name)

    def principals(self, cluster: str, policy: str | None = None) -> list[str]:
        """Those with this access policy, or all."""
        with self._lock:
            entries = self._clusters_access[cluster].entries
            return sorted(arn for arn, entry in entries.items() if not policy or entry.associated(policy))

    def find(self, cluster: str, principal: str) -> Entry | None:
        with self._lock:
            return self._clusters_access[cluster].entries.get(principal)

    def put(self, cluster: str, entry: Entry) -> None:
        with self._lock:
            self._clusters_access[cluster].entries[entry.principal] = entry
            self._write(cluster)

    def remove(self, cluster: str, principal: str) -> None:
        with self._lock:
            del self._clusters_access[cluster].entries[principal]
            self._write(cluster)

    def unique_id(self, principal: str) -> str | None:
        """None: there is no such role."""
        role = self._world.role(principal)
        return role.id if role else None

    def description(self, cluster: Cluster, entry: Entry) -> dict[str, Any]:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessEntry.html"""
        region, account = self._clusters.organisation.region, cluster.account.id
        return {
            "clusterName": cluster.name,
            "principalArn": entry.principal,
            "kubernetesGroups": list(entry.groups),
            "accessEntryArn": f"arn:aws:eks:{region}:{account}:{resource(cluster.name, entry.principal)}",
            "createdAt": entry.created,
            "modifiedAt": entry.modified,
            "tags": {},
            "username": entry.user,
            "type": entry.kind,
        }

    def _node(self, cluster: Cluster) -> Entry:
        return Entry(
            principal=cluster.node_role.arn,
            unique_id=self.unique_id(cluster.node_role.arn) or "",
            user=NODE_USER,
            groups=(NODE_GROUP,),
            kind="EC2_LINUX",
        )

    def _declared(self, cluster: Cluster) -> list[Entry]:
        return [
            Entry(
                principal=entry.role.arn,
                unique_id=self.unique_id(entry.role.arn) or "",
                user=user_name(entry.role.arn),
                groups=entry.groups,
                policies=tuple(
                    Association(grant=Grant(policy=p.arn, namespaces=p.namespaces)) for p in entry.policies
                ),
            )
            for entry in cluster.access_entries
        ]

    def _write(self, cluster: str) -> None:
        access = self._clusters_access[cluster]
        mappings = [
            access_files.mapping(e.principal, e.unique_id, e.user, e.groups) for e in access.entries.values()
        ]
        grants = {e.unique_id: [a.grant for a in e.policies] for e in access.entries.values() if e.policies}
        access_files.write(self._clusters.folder(cluster), BACKENDS[access.mode], mappings, grants)


def user_name(principal: str) -> str:
    """EKS's own for a role is its session's ARN, without the role's path.

    https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    """
    account, role = principal.split(":")[4], principal.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{role}/{{{{SessionName}}}}"


def resource(cluster: str, principal: str) -> str:
    """The end of an entry's ARN: access-entry/CLUSTER/role/ACCOUNT/NAME/ID."""
    account, name = principal.split(":")[4], principal.rpartition("/")[2]
    return f"access-entry/{cluster}/role/{account}/{name}"

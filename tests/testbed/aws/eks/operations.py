"""EKS's API: clusters and their access entries.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
"""

import re
from collections.abc import Callable
from typing import Any

from testbed.aws.eks.access_entries import AccessEntries, Entry, resource, standard
from testbed.aws.eks.clusters import Clusters
from testbed.aws.errors import AwsError
from testbed.aws.service import Call, Permissions
from testbed.organisation import Cluster

Result = dict[str, Any]
# https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html
# A principal's ARN is one quoted segment.
ENTRY = r"/clusters/(?P<name>[^/]+)/access-entries/(?P<principalArn>[^/]+)"
ROUTES = [
    ("GET", r"/clusters", "ListClusters"),
    ("GET", r"/clusters/(?P<name>[^/]+)", "DescribeCluster"),
    ("GET", r"/clusters/(?P<name>[^/]+)/access-entries", "ListAccessEntries"),
    ("POST", r"/clusters/(?P<name>[^/]+)/access-entries", "CreateAccessEntry"),
    ("GET", ENTRY, "DescribeAccessEntry"),
    ("DELETE", ENTRY, "DeleteAccessEntry"),
    ("GET", rf"{ENTRY}/access-policies", "ListAssociatedAccessPolicies"),
]


def route(method: str, path: str) -> tuple[str, dict[str, str]]:
    """Operation and the parameters in the path (still quoted); UnknownOperationException for others."""
    for wanted, pattern, operation in ROUTES:
        found = re.fullmatch(pattern, path)
        if method == wanted and found:
            return operation, found.groupdict()
    raise AwsError("UnknownOperationException", f"The testbed's EKS has no {method} {path}", 404)


class EksApi:
    def __init__(self, clusters: Clusters, entries: AccessEntries, permissions: Permissions) -> None:
        self._clusters = clusters
        self._entries = entries
        self._permissions = permissions
        self.operations: dict[str, Callable[[Call], Result]] = {
            "ListClusters": self.list_clusters,
            "DescribeCluster": self.describe_cluster,
            "ListAccessEntries": self.list_access_entries,
            "CreateAccessEntry": self.create_access_entry,
            "DescribeAccessEntry": self.describe_access_entry,
            "DeleteAccessEntry": self.delete_access_entry,
            "ListAssociatedAccessPolicies": self.list_associated_access_policies,
        }

    def authorize(self, call: Call) -> None:
        self._permissions.require(call, _resource(call))

    def list_clusters(self, call: Call) -> Result:
        return {"clusters": self._clusters.names(call.caller.principal.account)}

    def describe_cluster(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html"""
        return {"cluster": self._clusters.description(self._cluster(call))}

    def list_access_entries(self, call: Call) -> Result:
        return {"accessEntries": self._entries.principals(self._cluster(call).name)}

    def create_access_entry(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html"""
        cluster, principal = self._cluster(call), str(call.parameters["principalArn"])
        if self._entries.find(cluster.name, principal):
            raise AwsError(
                "ResourceInUseException",
                "The specified access entry resource is already in use on this cluster.",
                409,
            )
        groups = tuple(call.parameters.get("kubernetesGroups") or ())
        reserved = [group for group in groups if group.startswith("system:")]
        if reserved:
            raise AwsError(
                "InvalidParameterException",
                f"The kubernetes group name {reserved[0]} is invalid, it cannot start with system:",
            )
        self._entries.put(cluster.name, standard(principal, groups, call.parameters.get("username")))
        return {"accessEntry": self._entries.description(cluster, self._entry(call, cluster))}

    def describe_access_entry(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAccessEntry.html"""
        cluster = self._cluster(call)
        return {"accessEntry": self._entries.description(cluster, self._entry(call, cluster))}

    def delete_access_entry(self, call: Call) -> Result:
        cluster = self._cluster(call)
        self._entries.remove(cluster.name, self._entry(call, cluster).principal)
        return {}

    def list_associated_access_policies(self, call: Call) -> Result:
        """Always none: the testbed's clusters authorize by RBAC alone."""
        cluster = self._cluster(call)
        entry = self._entry(call, cluster)
        return {"clusterName": cluster.name, "principalArn": entry.principal, "associatedAccessPolicies": []}

    def _cluster(self, call: Call) -> Cluster:
        name = str(call.parameters["name"])
        cluster = self._clusters.find(call.caller.principal.account, name)
        if cluster is None:
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
        return cluster

    def _entry(self, call: Call, cluster: Cluster) -> Entry:
        principal = str(call.parameters["principalArn"])
        entry = self._entries.find(cluster.name, principal)
        if entry is None:
            raise AwsError(
                "ResourceNotFoundException",
                f"The specified principalArn could not be found. You can view your available access "
                f"entries with 'list-access-entries'. principalArn: {principal}",
                404,
            )
        return entry


def _resource(call: Call) -> str:
    prefix = f"arn:aws:eks:{call.region}:{call.caller.principal.account}"
    if call.operation == "ListClusters":
        return f"{prefix}:cluster/*"  # as EKS's own refusal names it, though the action takes no resource
    name = call.parameters["name"]
    if call.operation in ("DescribeCluster", "ListAccessEntries", "CreateAccessEntry"):
        return f"{prefix}:cluster/{name}"
    return f"{prefix}:{resource(name, str(call.parameters['principalArn']))}"

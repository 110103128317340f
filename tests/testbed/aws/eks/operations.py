"""EKS's API: clusters and their access entries.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
"""

import re
from collections.abc import Callable
from typing import Any

from testbed.aws.eks.access_entries import AccessEntries, resource
from testbed.aws.eks.access_operations import AccessApi
from testbed.aws.eks.authentication_mode import check_update
from testbed.aws.eks.clusters import Clusters
from testbed.aws.eks.updates import Updates
from testbed.aws.errors import AwsError
from testbed.aws.service import Call, Permissions
from testbed.organisation import Cluster

Result = dict[str, Any]
# https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html
# The ARNs of a principal and of a policy are one quoted segment each.
CLUSTER = r"/clusters/(?P<name>[^/]+)"
ENTRY = rf"{CLUSTER}/access-entries/(?P<principalArn>[^/]+)"
ROUTES = [
    ("GET", r"/clusters", "ListClusters"),
    ("GET", CLUSTER, "DescribeCluster"),
    ("POST", rf"{CLUSTER}/update-config", "UpdateClusterConfig"),
    ("GET", rf"{CLUSTER}/updates", "ListUpdates"),
    ("GET", rf"{CLUSTER}/updates/(?P<updateId>[^/]+)", "DescribeUpdate"),
    ("GET", rf"{CLUSTER}/access-entries", "ListAccessEntries"),
    ("POST", rf"{CLUSTER}/access-entries", "CreateAccessEntry"),
    ("GET", ENTRY, "DescribeAccessEntry"),
    ("POST", ENTRY, "UpdateAccessEntry"),
    ("DELETE", ENTRY, "DeleteAccessEntry"),
    ("GET", rf"{ENTRY}/access-policies", "ListAssociatedAccessPolicies"),
    ("POST", rf"{ENTRY}/access-policies", "AssociateAccessPolicy"),
    ("DELETE", rf"{ENTRY}/access-policies/(?P<policyArn>[^/]+)", "DisassociateAccessPolicy"),
    ("GET", r"/access-policies", "ListAccessPolicies"),
]
OF_NOTHING = {"ListClusters": "cluster/*", "ListAccessPolicies": "*"}


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
        self._updates = Updates()
        self.operations: dict[str, Callable[[Call], Result]] = {
            "ListClusters": self.list_clusters,
            "DescribeCluster": self.describe_cluster,
            "UpdateClusterConfig": self.update_cluster_config,
            "ListUpdates": lambda call: {"updateIds": self._updates.ids(self._cluster(call).name)},
            "DescribeUpdate": lambda call: {
                "update": self._updates.find(self._cluster(call).name, str(call.parameters["updateId"]))
            },
            **AccessApi(entries, self._cluster).operations,
        }

    def authorize(self, call: Call) -> None:
        self._permissions.require(call, _resource(call))

    def list_clusters(self, call: Call) -> Result:
        return {"clusters": self._clusters.names(call.caller.principal.account)}

    def describe_cluster(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html"""
        cluster = self._cluster(call)
        access = {"authenticationMode": self._entries.mode(cluster.name)}
        return {"cluster": {**self._clusters.description(cluster), "accessConfig": access}}

    def update_cluster_config(self, call: Call) -> Result:
        """Of all that can be updated, the authentication mode alone; it is done at once.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
        """
        cluster = self._cluster(call)
        if set(call.parameters) - {"name", "clientRequestToken"} != {"accessConfig"}:
            raise AwsError(
                "InvalidParameterException", "The testbed's clusters update their accessConfig alone."
            )
        mode = str(call.parameters["accessConfig"].get("authenticationMode"))
        check_update(self._entries.mode(cluster.name), mode)
        self._entries.update_mode(cluster, mode)
        return {"update": self._updates.of_mode(cluster.name, mode)}

    def _cluster(self, call: Call) -> Cluster:
        name = str(call.parameters["name"])
        cluster = self._clusters.find(call.caller.principal.account, name)
        if cluster is None:
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
        return cluster


def _resource(call: Call) -> str:
    prefix = f"arn:aws:eks:{call.region}:{call.caller.principal.account}"
    if call.operation in OF_NOTHING:
        # As EKS's own refusal names it, though the action takes no resource.
        return f"{prefix}:{OF_NOTHING[call.operation]}"
    name = call.parameters["name"]
    if "principalArn" in call.parameters and call.operation != "CreateAccessEntry":
        return f"{prefix}:{resource(name, str(call.parameters['principalArn']))}"
    return f"{prefix}:cluster/{name}"

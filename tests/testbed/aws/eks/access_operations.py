"""The part of EKS's API that is about access: entries, and the access policies associated with them."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from testbed.aws.eks import access_checks
from testbed.aws.eks.access_entries import AccessEntries, Association, Entry, user_name
from testbed.aws.eks.access_policies import ARN, POLICIES
from testbed.aws.eks.authentication_mode import require_entries
from testbed.aws.errors import AwsError
from testbed.aws.service import Call
from testbed.organisation import Cluster

Result = dict[str, Any]


class AccessApi:
    """`cluster`: that of a call, or ResourceNotFoundException."""

    def __init__(self, entries: AccessEntries, cluster: Callable[[Call], Cluster]) -> None:
        self._entries = entries
        self._find_cluster = cluster
        self.operations: dict[str, Callable[[Call], Result]] = {
            "ListAccessEntries": self.list_access_entries,
            "CreateAccessEntry": self.create_access_entry,
            "DescribeAccessEntry": self.describe_access_entry,
            "UpdateAccessEntry": self.update_access_entry,
            "DeleteAccessEntry": self.delete_access_entry,
            "ListAccessPolicies": self.list_access_policies,
            "ListAssociatedAccessPolicies": self.list_associated_access_policies,
            "AssociateAccessPolicy": self.associate_access_policy,
            "DisassociateAccessPolicy": self.disassociate_access_policy,
        }

    def list_access_entries(self, call: Call) -> Result:
        policy = call.parameters.get("associatedPolicyArn")
        return {"accessEntries": self._entries.principals(self._cluster(call).name, policy)}

    def create_access_entry(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html"""
        cluster, principal = self._cluster(call), str(call.parameters["principalArn"])
        if self._entries.find(cluster.name, principal):
            raise AwsError(
                "ResourceInUseException",
                "The specified access entry resource is already in use on this cluster.",
                409,
            )
        unique_id = access_checks.unique_id(self._entries.unique_id(principal))
        entry = Entry(principal=principal, unique_id=unique_id, user=user_name(principal), groups=())
        return self._put(cluster, access_checks.changed(entry, call.parameters))

    def describe_access_entry(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAccessEntry.html"""
        cluster = self._cluster(call)
        return {"accessEntry": self._entries.description(cluster, self._entry(call, cluster))}

    def update_access_entry(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAccessEntry.html"""
        cluster = self._cluster(call)
        changed = access_checks.changed(self._entry(call, cluster), call.parameters)
        return self._put(cluster, replace(changed, modified=time.time()))

    def delete_access_entry(self, call: Call) -> Result:
        cluster = self._cluster(call)
        self._entries.remove(cluster.name, self._entry(call, cluster).principal)
        return {}

    def list_access_policies(self, _call: Call) -> Result:
        """Those that the testbed knows; EKS has more, for its own services.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAccessPolicies.html
        """
        return {"accessPolicies": [{"name": name, "arn": f"{ARN}{name}"} for name in sorted(POLICIES)]}

    def list_associated_access_policies(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAssociatedAccessPolicies.html"""
        cluster = self._cluster(call)
        entry = self._entry(call, cluster)
        return {**_of(cluster, entry), "associatedAccessPolicies": [_associated(a) for a in entry.policies]}

    def associate_access_policy(self, call: Call) -> Result:
        """Once more is another scope.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html
        """
        cluster = self._cluster(call)
        entry = self._entry(call, cluster)
        made = Association(grant=access_checks.grant(entry, call.parameters))
        before = entry.associated(made.grant.policy)
        if before:
            made = replace(made, associated=before.associated)
        policies = (*entry.without(made.grant.policy).policies, made)
        self._entries.put(cluster.name, replace(entry, policies=policies))
        return {**_of(cluster, entry), "associatedAccessPolicy": _associated(made)}

    def disassociate_access_policy(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/eks/latest/APIReference/API_DisassociateAccessPolicy.html"""
        cluster, policy = self._cluster(call), str(call.parameters["policyArn"])
        entry = self._entry(call, cluster)
        if entry.associated(policy) is None:
            raise AwsError(
                "ResourceNotFoundException",
                f"The specified policyArn could not be found. policyArn: {policy}",
                404,
            )
        self._entries.put(cluster.name, entry.without(policy))
        return {}

    def _put(self, cluster: Cluster, entry: Entry) -> Result:
        self._entries.put(cluster.name, entry)
        return {"accessEntry": self._entries.description(cluster, entry)}

    def _cluster(self, call: Call) -> Cluster:
        cluster = self._find_cluster(call)
        require_entries(self._entries.mode(cluster.name))
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


def _of(cluster: Cluster, entry: Entry) -> Result:
    return {"clusterName": cluster.name, "principalArn": entry.principal}


def _associated(association: Association) -> Result:
    namespaces = association.grant.namespaces
    return {
        "policyArn": association.grant.policy,
        "accessScope": {
            "type": "cluster" if namespaces is None else "namespace",
            "namespaces": list(namespaces or ()),
        },
        "associatedAt": association.associated,
        "modifiedAt": association.modified,
    }

"""EKS's authentication modes: which of access entries and the ConfigMap aws-auth open a cluster to whom."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from integration.cluster_visitor import AWS_AUTH, Visitor, visitor
from testbed.bed import Bed

CLUSTER = "prod"
NODE = "arn:aws:iam::333333333333:role/eks-node"


class AwsAuth:
    """The ConfigMap, and a way to put it back."""

    def __init__(self, bed: Bed) -> None:
        self._api = bed.api(CLUSTER)
        self.roles: list[dict[str, Any]] = yaml.safe_load(self._api.get(AWS_AUTH)["data"]["mapRoles"])

    def write(self, *more: dict[str, Any]) -> None:
        data = {"mapRoles": yaml.safe_dump([*self.roles, *more])}
        metadata = {"name": "aws-auth", "namespace": "kube-system"}
        document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        self._api.apply(AWS_AUTH, document)


@pytest.fixture
def aws_auth(bed: Bed) -> Iterator[AwsAuth]:
    made = AwsAuth(bed)
    yield made
    made.write()


@pytest.fixture
def somebody(bed: Bed) -> Iterator[Visitor]:
    with visitor(bed, CLUSTER) as made:
        yield made


def in_config_map(arn: str) -> dict[str, Any]:
    return {"rolearn": arn, "username": "somebody", "groups": ["from-config-map"]}


def create_as(bed: Bed, mode: str) -> None:
    bed.control.post(f"/clusters/{CLUSTER}", authentication_mode=mode)


def change_mode(who: Visitor, mode: str) -> None:
    who.eks.update_cluster_config(name=CLUSTER, accessConfig={"authenticationMode": mode})


def test_a_cluster_comes_with_the_nodes_role_in_aws_auth(aws_auth: AwsAuth) -> None:
    assert aws_auth.roles == [
        {
            "rolearn": NODE,
            "username": "system:node:{{EC2PrivateDNSName}}",
            "groups": ["system:bootstrappers", "system:nodes"],
        }
    ]


def test_a_cluster_on_its_way_from_the_config_map_to_access_entries(
    bed: Bed, somebody: Visitor, aws_auth: AwsAuth
) -> None:
    create_as(bed, "CONFIG_MAP")
    somebody.becomes(None)
    aws_auth.write(in_config_map(somebody.arn))
    somebody.becomes(["from-config-map"])
    change_mode(somebody, "API_AND_CONFIG_MAP")
    somebody.becomes(["from-config-map"])
    somebody.enter(kubernetesGroups=["from-entry"])
    somebody.becomes(["from-entry"])  # of two, the entry counts
    somebody.eks.update_access_entry(**somebody.entry, kubernetesGroups=["updated"])
    somebody.becomes(["updated"])
    somebody.eks.delete_access_entry(**somebody.entry)
    somebody.becomes(["from-config-map"])
    change_mode(somebody, "API")
    somebody.becomes(None)
    somebody.enter(kubernetesGroups=["from-entry"])
    somebody.becomes(["from-entry"])


def test_who_is_in_neither_is_unauthorized(somebody: Visitor) -> None:
    status, answer = somebody.ask("GET", "/api/v1/namespaces")
    assert (status, answer["reason"], answer["message"]) == (401, "Unauthorized", "Unauthorized")


def test_who_is_in_without_a_right_is_forbidden_by_name(somebody: Visitor) -> None:
    somebody.enter()
    somebody.becomes([])
    status, answer = somebody.ask("GET", "/api/v1/namespaces/default/pods")
    user = f"arn:aws:sts::{somebody.account}:assumed-role/{somebody.name}/i-0123456789abcdef0"
    assert status == 403
    assert answer["message"] == (
        f'pods is forbidden: User "{user}" cannot list resource "pods" in API group "" '
        'in the namespace "default"'
    )


def test_a_path_is_for_access_entries_only(bed: Bed, aws_auth: AwsAuth) -> None:
    with visitor(bed, CLUSTER, path="team/deployers/") as somebody:
        aws_auth.write(in_config_map(somebody.arn))
        without = somebody.arn.replace("team/deployers/", "")
        other = {"rolearn": f"{without}-other", "username": "other", "groups": []}
        with visitor(bed, CLUSTER) as reader:  # its mapping comes with the same document
            aws_auth.write(in_config_map(somebody.arn), in_config_map(reader.arn), other)
            reader.becomes(["from-config-map"])
            assert somebody.groups() is None
        aws_auth.write(in_config_map(without))
        somebody.becomes(["from-config-map"])
        somebody.enter(kubernetesGroups=["from-entry"])
        somebody.becomes(["from-entry"])


def test_a_role_made_again_is_a_stranger_to_its_entry_but_not_to_aws_auth(
    somebody: Visitor, aws_auth: AwsAuth
) -> None:
    somebody.enter(kubernetesGroups=["from-entry"])
    somebody.becomes(["from-entry"])
    somebody.delete()
    somebody.create()
    assert somebody.groups() is None
    aws_auth.write(in_config_map(somebody.arn))
    somebody.becomes(["from-config-map"])
    somebody.eks.delete_access_entry(**somebody.entry)
    somebody.enter(kubernetesGroups=["from-new-entry"])
    somebody.becomes(["from-new-entry"])

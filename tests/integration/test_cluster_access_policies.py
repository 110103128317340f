"""EKS's access policies, enforced by the API server's own authorizer: what a role may do, and where."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from integration.cluster_visitor import Visitor, policy_arn, visitor
from testbed.bed import Bed, eventually

CLUSTER = "prod"


@pytest.fixture
def somebody(bed: Bed) -> Iterator[Visitor]:
    """With an access entry that says nothing."""
    with visitor(bed, CLUSTER) as made:
        made.enter()
        made.becomes([])
        yield made


@pytest.fixture
def places(bed: Bed) -> Iterator[tuple[str, str]]:
    """Two namespaces."""
    api, unique = bed.api(CLUSTER), secrets.token_hex(4)
    names = (f"test-{unique}-mine", f"test-{unique}-theirs")
    for name in names:
        api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield names
    for name in names:
        api.delete(f"/api/v1/namespaces/{name}")


def settings(who: Visitor, namespace: str, name: str = "settings") -> tuple[int, Any]:
    """Apply a ConfigMap, as a deployment does."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}
    return who.ask("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)


@pytest.mark.parametrize(
    ("policy", "does"),
    [
        ("AmazonEKSViewPolicy", {"look"}),
        ("AmazonEKSEditPolicy", {"look", "deploy", "read secrets"}),
        ("AmazonEKSAdminPolicy", {"look", "deploy", "read secrets", "give roles"}),
        ("AmazonEKSAdminViewPolicy", {"look", "read secrets", "see nodes"}),
        ("AmazonEKSClusterAdminPolicy", {"look", "deploy", "read secrets", "give roles", "see nodes"}),
    ],
)
def test_each_policy_by_what_its_holder_can_do(
    somebody: Visitor, places: tuple[str, str], policy: str, does: set[str]
) -> None:
    mine, _ = places
    assert not somebody.may("get", "pods", mine)
    somebody.associate(policy)
    works = {
        "look": somebody.may("get", "pods", mine),
        "deploy": settings(somebody, mine)[0] == 201,
        "read secrets": somebody.ask("GET", f"/api/v1/namespaces/{mine}/secrets")[0] == 200,
        "give roles": somebody.may("create", "roles", mine, "rbac.authorization.k8s.io"),
        "see nodes": somebody.ask("GET", "/api/v1/nodes")[0] == 200,
    }
    assert {what for what, worked in works.items() if worked} == does


def test_a_scope_of_namespaces(somebody: Visitor, places: tuple[str, str]) -> None:
    mine, theirs = places
    somebody.associate("AmazonEKSEditPolicy", mine)
    assert settings(somebody, mine)[0] == 201
    status, answer = settings(somebody, theirs)
    user = f"arn:aws:sts::{somebody.account}:assumed-role/{somebody.name}/i-0123456789abcdef0"
    assert status == 403
    assert answer["message"] == (
        f'configmaps is forbidden: User "{user}" cannot create resource "configmaps" in API group "" '
        f'in the namespace "{theirs}"'
    )
    assert somebody.ask("GET", "/api/v1/configmaps")[0] == 403  # of all namespaces
    somebody.associate("AmazonEKSEditPolicy", "test-*")
    assert settings(somebody, theirs)[0] == 201
    somebody.eks.disassociate_access_policy(**somebody.entry, policyArn=policy_arn("AmazonEKSEditPolicy"))
    assert settings(somebody, mine, "again")[0] == 403


def test_groups_and_policies_add_up(somebody: Visitor, places: tuple[str, str]) -> None:
    mine, _ = places
    somebody.eks.update_access_entry(**somebody.entry, kubernetesGroups=["deployers"])
    somebody.becomes(["deployers"])
    assert not somebody.may("list", "nodes")
    somebody.associate("AmazonEKSAdminViewPolicy")
    assert somebody.may("list", "nodes")
    assert somebody.may("patch", "deployments", mine, "apps")  # by RBAC


def test_a_role_made_again_has_no_policies(somebody: Visitor) -> None:
    somebody.associate("AmazonEKSClusterAdminPolicy")
    assert somebody.may("list", "nodes")
    somebody.delete()
    somebody.create()
    assert somebody.ask("GET", "/api/v1/nodes")[0] == 401


def test_in_config_map_mode_policies_count_for_nothing(bed: Bed, somebody: Visitor) -> None:
    somebody.associate("AmazonEKSClusterAdminPolicy")
    assert somebody.may("list", "nodes")
    bed.control.post(f"/clusters/{CLUSTER}", authentication_mode="CONFIG_MAP")
    eventually(lambda: somebody.ask("GET", "/api/v1/nodes")[0] == 401)

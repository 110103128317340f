"""One component of a running cluster, stopped and started: the rest goes on, and what it did is missing."""

from collections.abc import Iterator

import pytest

from integration.cluster_visitor import visitor
from testbed.bed import Bed, eventually
from testbed.cluster import control
from testbed.errors import TestbedError

CLUSTER = "prod"


@pytest.fixture(autouse=True)
def healed(bed: Bed) -> Iterator[None]:
    yield
    control.heal(CLUSTER)
    eventually(bed.api(CLUSTER).answers)


def test_without_the_authenticator_nobody_is_known(bed: Bed) -> None:
    with visitor(bed, CLUSTER) as somebody:
        somebody.enter(kubernetesGroups=["deployers"])
        somebody.becomes(["deployers"])
        assert control.stop(CLUSTER, "aws-iam-authenticator")["aws-iam-authenticator"] == "stopped"
        assert somebody.groups() is None
        assert control.start(CLUSTER, "aws-iam-authenticator")["aws-iam-authenticator"] == "running"
        somebody.becomes(["deployers"])


def test_without_the_authorizer_access_policies_allow_nothing(bed: Bed) -> None:
    with visitor(bed, CLUSTER) as somebody:
        somebody.enter()
        somebody.becomes([])
        somebody.associate("AmazonEKSViewPolicy")
        assert somebody.may("list", "pods", "default")
        control.stop(CLUSTER, "eks-authorizer")
        assert not somebody.may("list", "pods", "default")
        control.start(CLUSTER, "eks-authorizer")
        eventually(lambda: somebody.may("list", "pods", "default"))


def test_an_api_server_that_is_stopped_answers_nobody_until_it_is_started(bed: Bed) -> None:
    api = bed.api(CLUSTER)
    control.stop(CLUSTER, "kube-apiserver")
    with pytest.raises(OSError, match="refused"):
        api.get("/api/v1/nodes")
    control.start(CLUSTER, "kube-apiserver")
    eventually(api.answers)
    assert set(control.states(CLUSTER).values()) == {"running"}


@pytest.mark.parametrize("component", ["etcd", "kubelet", "kube-controller-manager"])
def test_the_cluster_outlives_the_restart_of_a_component(bed: Bed, component: str) -> None:
    assert control.restart(CLUSTER, component)[component] == "running"
    eventually(bed.api(CLUSTER).answers)
    assert bed.api(CLUSTER).get("/api/v1/nodes")["items"] != []


def test_a_component_that_there_is_not() -> None:
    with pytest.raises(TestbedError, match="no component 'kube-dns'; there are etcd, "):
        control.stop(CLUSTER, "kube-dns")
    with pytest.raises(TestbedError, match="no answer from"):
        control.stop("staging", "etcd")

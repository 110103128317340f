"""Who reaches whom, and by which name."""

import re

import pytest

from testbed import net, organisation, topology

ORG = organisation.built_in()
HOSTS = topology.hosts(ORG)


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("tester", {"10.20.0.0/16", "10.30.0.0/16", "198.18.0.0/16"}),
        ("runner-peered", {"10.20.0.0/16", "10.30.0.0/16", "198.18.0.0/16"}),
        ("dev", {"10.10.0.0/16", "198.18.0.0/16"}),
        ("prod", {"10.10.0.0/16", "198.18.0.0/16"}),
        ("aws", {"10.10.0.0/16", "10.20.0.0/16", "10.30.0.0/16"}),
    ],
)
def test_routes_are_the_peering_connections_and_dev_never_reaches_prod(host: str, reached: set[str]) -> None:
    assert {str(route) for route in HOSTS[host].routes} == reached


def test_addresses_are_those_of_the_organisation() -> None:
    addresses = {name: str(host.address) for name, host in HOSTS.items()}
    assert addresses == {
        "aws": "198.18.0.10",
        "tester": "10.10.1.250",
        "dev": "10.20.0.10",
        "prod": "10.30.0.10",
        "runner-peered": "10.10.1.10",
    }


def test_a_host_without_peering_still_reaches_the_internet() -> None:
    shared = ORG.accounts["shared"]
    host = topology.vpc_host(ORG, "lonely", shared, shared.vpc[700], peered=False)
    assert [str(route) for route in host.routes] == ["198.18.0.0/16"]


@pytest.mark.parametrize(
    "name",
    [
        "sts.ap-northeast-2.amazonaws.com",
        "api.ecr.ap-northeast-2.amazonaws.com",
        "eks.ap-northeast-2.amazonaws.com",
        "iam.amazonaws.com",
        "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com",
        "token.actions.githubusercontent.com",
        "registry-1.docker.io",
    ],
)
def test_public_names_lead_to_the_stand_in(name: str) -> None:
    assert topology.names(ORG)[name] == topology.AWS_ADDRESS


def test_endpoints_look_like_those_of_eks_and_lead_to_the_private_address() -> None:
    for cluster in ORG.clusters.values():
        host = topology.endpoint_host(ORG, cluster)
        assert re.fullmatch(r"[0-9A-F]{32}\.gr7\.ap-northeast-2\.eks\.amazonaws\.com", host)
        assert topology.names(ORG)[host] == cluster.address


@pytest.mark.parametrize("name", ["v-dev", "v-runner-peered", "v-runner-no-docker", "b-" + 40 * "x"])
def test_interface_names_fit_the_kernel(name: str) -> None:
    assert len(net.interface(name)) <= 15
    assert net.interface(name) != net.interface(name + "y")

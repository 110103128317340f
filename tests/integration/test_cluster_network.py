"""The private networks: who reaches whom, and which names exist."""

import socket
from pathlib import Path

import pytest

from testbed import net, topology
from testbed.bed import Bed

pytestmark = pytest.mark.usefixtures("bed")


def resolves(name: str) -> set[str]:
    return {str(found[4][0]) for found in socket.getaddrinfo(name, 443, proto=socket.IPPROTO_TCP)}


def test_a_clusters_endpoint_leads_to_its_private_address(bed: Bed) -> None:
    for cluster in bed.org.clusters.values():
        assert resolves(topology.endpoint_host(bed.org, cluster)) == {str(cluster.address)}


def test_every_accounts_registry_has_a_name(bed: Bed) -> None:
    for account in ("111111111111", "999999999999"):
        assert resolves(f"{account}.{topology.registry_domain(bed.org)}") == {"198.18.0.10"}


@pytest.mark.parametrize("name", ["example.com", "s3.ap-northeast-2.amazonaws.com", "dev.example"])
def test_no_other_name_exists(name: str) -> None:
    with pytest.raises(socket.gaierror) as refused:
        resolves(name)
    assert refused.value.errno == socket.EAI_NONAME


@pytest.mark.parametrize(
    ("host", "address", "reached"),
    [
        ("ea-runner-peered", "10.20.0.10", True),
        ("ea-runner-peered", "10.30.0.10", True),
        ("ea-dev", "10.30.0.10", False),
        ("ea-prod", "10.20.0.10", False),
        ("ea-dev", "198.18.0.10", True),
    ],
)
def test_peering_joins_only_the_peered(host: str, address: str, reached: bool) -> None:
    if reached:
        net.connect(host, address, 443).close()
        return
    with pytest.raises(OSError, match="unreachable"):
        net.connect(host, address, 443)


def test_forwarding_is_on_in_the_router_only() -> None:
    with net.inside(topology.ROUTER):
        assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == "1\n"
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == "0\n"

"""Hosts that come and go beside the others."""

import socket
from collections.abc import Iterator

import pytest

from testbed import net, topology
from testbed.bed import Bed
from testbed.topology import Host


@pytest.fixture
def newcomer(bed: Bed) -> Iterator[Host]:
    """A host in the shared VPC whose route table lacks the peering connections."""
    shared = bed.org.accounts["shared"]
    host = topology.vpc_host(bed.org, "newcomer", shared, shared.vpc[1000], peered=False)
    net.add(host)
    yield host
    net.remove(host)


def test_a_host_without_the_route_reaches_aws_but_no_cluster(bed: Bed, newcomer: Host) -> None:
    net.connect(newcomer.netns, str(topology.AWS_ADDRESS), 443).close()
    with pytest.raises(OSError, match="unreachable"):
        net.connect(newcomer.netns, str(bed.org.clusters["dev"].address), 443)


def test_the_others_notice_nothing(bed: Bed) -> None:
    shared = bed.org.accounts["shared"]
    for number in range(1000, 1004):
        host = topology.vpc_host(bed.org, f"guest-{number}", shared, shared.vpc[number])
        net.add(host)
        socket.create_connection((str(topology.resolver(shared.vpc)), 53), 1).close()
        net.remove(host)
        socket.create_connection((str(topology.resolver(shared.vpc)), 53), 1).close()

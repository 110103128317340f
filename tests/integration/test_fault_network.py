"""The network between VPCs, broken and mended: what curl on a runner's machine sees of it."""

import socket

import pytest

from testbed import net, topology, units
from testbed.errors import TestbedError
from testbed.faults.active import heal, strike, struck

from .fault_clients import AWS, ORG, Curl, endpoint

pytestmark = pytest.mark.usefixtures("bed")
PATIENCE = ("--connect-timeout", "1.5")
COULD_NOT_RESOLVE, COULD_NOT_CONNECT, TIMED_OUT, RECEIVING_FAILED = 6, 7, 28, 56
BIG = "/openapi/v2"  # megabytes


@pytest.fixture
def curl() -> Curl:
    return Curl()


@pytest.mark.parametrize(
    ("answer", "exit_status", "seconds"), [("silence", TIMED_OUT, 1.5), ("unreachable", COULD_NOT_CONNECT, 0)]
)
def test_without_a_route_nothing_arrives(curl: Curl, answer: str, exit_status: int, seconds: float) -> None:
    with struck("no-route", target="dev", answer=answer):
        seen = curl(endpoint("dev"), "--insecure", *PATIENCE)
        assert (seen.exit_status, seen.facts["time_total"] >= seconds) == (exit_status, True), seen.said
        assert curl(endpoint("prod"), "--insecure").reached
        assert curl(AWS).reached
    assert curl(endpoint("dev"), "--insecure").reached


def test_one_host_alone_may_lose_its_way(curl: Curl) -> None:
    with struck("no-route", source="runner-peered", target="aws", answer="unreachable"):
        assert curl(AWS, *PATIENCE).exit_status == COULD_NOT_CONNECT
        net.connect("ea-tester", str(topology.AWS_ADDRESS), 443).close()
    assert curl(AWS).reached


def test_distance_is_in_the_handshake_and_in_all_that_follows(curl: Curl) -> None:
    near = curl.kubernetes("dev", "/version").facts["time_connect"]
    with struck("distance", target="dev", rtt="100") as fault:
        far = curl.kubernetes("dev", "/version").facts
        lookup = far["time_namelookup"]  # the resolver is near
        assert lookup < 0.1 <= far["time_connect"] - lookup < 0.2
        assert far["time_starttransfer"] - lookup >= 0.3  # TCP, TLS 1.3, the request: a round trip each
        assert 100 <= float(fault.memory["note"].split()[1]) < 200
        assert curl(AWS).facts["time_connect"] < 0.1
    again = curl.kubernetes("dev", "/version").facts["time_connect"]
    assert max(near, again) < 0.1


def test_a_thin_line_carries_what_it_can(curl: Curl) -> None:
    with struck("thin-line", target="dev", rate="200"):
        seen = curl.kubernetes("dev", BIG, seconds=3)
        assert seen.exit_status == TIMED_OUT
        assert 100_000 < seen.facts["size_download"] < 700_000
    assert curl.kubernetes("dev", BIG, seconds=5).facts["size_download"] > 1_000_000


def test_a_cut_resets_a_connection_in_the_middle(curl: Curl) -> None:
    with struck("cut", target="dev", after="200000", times="1"):
        seen = curl.kubernetes("dev", BIG)
        assert (seen.exit_status, "reset by peer" in seen.said) == (RECEIVING_FAILED, True), seen.said
        assert 100_000 < seen.facts["size_download"] <= 200_000
        assert curl.kubernetes("dev", BIG).reached


def test_a_cut_resets_connections_that_are_open(curl: Curl) -> None:
    there = (str(ORG.clusters["dev"].address), 443)
    with socket.create_connection(there, 5) as connection, struck("cut", target="dev"):
        connection.sendall(b"GET /version HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    assert curl.kubernetes("dev", "/version").reached


def test_a_zone_that_is_gone_takes_its_names_with_it(curl: Curl) -> None:
    with struck("no-dns-zone", zone="dev"):
        assert curl(endpoint("dev"), "--insecure").exit_status == COULD_NOT_RESOLVE
        assert curl(endpoint("prod"), "--insecure").reached
    with struck("no-dns-zone", zone="dkr.ecr.ap-northeast-2.amazonaws.com"):
        assert curl(f"https://{ORG.registry}/v2/").exit_status == COULD_NOT_RESOLVE
        assert curl(AWS).reached
    assert curl(endpoint("dev"), "--insecure").reached
    assert curl(f"https://{ORG.registry}/v2/").reached


def test_a_silent_resolver_is_waited_for(curl: Curl) -> None:
    with struck("dns-silent"):
        seen = curl(AWS, seconds=1)
        assert (seen.exit_status, "Resolving timed out" in seen.said) == (TIMED_OUT, True), seen.said
    assert curl(AWS).reached


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("no-route", {"target": "mars"}, "it is one of shared, dev, prod, internet, "),
        ("distance", {"source": "runner-peered", "target": "tester"}, "are in one VPC"),
        ("no-dns-zone", {"zone": "example.com"}, "no name that the resolver knows is below it"),
    ],
)
def test_orders_that_make_no_sense_are_refused(name: str, given: dict[str, str], said: str) -> None:
    with pytest.raises(TestbedError, match=said):
        strike(name, **given)


def test_two_faults_of_one_line_exclude_each_other() -> None:
    with (
        struck("distance", target="dev"),
        pytest.raises(TestbedError, match="distance target=dev is in force"),
    ):
        strike("cut", source="dev", target="shared")


def test_a_killed_link_is_a_healed_one(curl: Curl) -> None:
    """Whatever ends the program: packets go their usual way again. Healing twice is no error."""
    with struck("distance", target="dev", rtt="600") as fault:
        (link,) = [name for name in units.names() if name.startswith("fault-link-")]
        units.stop(link)
        assert curl(endpoint("dev"), "--insecure").facts["time_connect"] < 0.3
    heal([fault])
    assert curl(endpoint("dev"), "--insecure").reached

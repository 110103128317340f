"""Instance metadata on the wire: real credentials for the host, and a hop limit that keeps containers out."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import boto3
import pytest
from botocore.utils import InstanceMetadataFetcher

from testbed import net, paths
from testbed.bed import Bed, eventually
from testbed.imds.app import TTL
from testbed.imds.link import ADDRESS

RUNNER = "ea-runner-peered"
ROLE = "arn:aws:iam::111111111111:role/runner"
HOST, CONTAINER = "172.31.255.1", "172.31.255.2"


def within(netns: str, call: Any) -> Any:
    """The call's result, made by a thread that is in the namespace."""

    def there() -> Any:
        with net.inside(netns):
            return call()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result()


def answered(netns: str, method: str, path: str, **headers: str) -> int | None:
    """The status of IMDS's answer, None when none comes."""
    connection = HTTPConnection(ADDRESS, timeout=2)
    try:
        connection.sock = net.connect(netns, ADDRESS, 80, timeout=2)
        connection.request(method, f"/latest/{path}", headers=headers)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def test_the_runner_is_its_instance_role(bed: Bed) -> None:
    fetched = within(RUNNER, InstanceMetadataFetcher(timeout=2).retrieve_iam_role_credentials)
    sts = boto3.client(
        "sts",
        bed.org.region,
        aws_access_key_id=fetched["access_key"],
        aws_secret_access_key=fetched["secret_key"],
        aws_session_token=fetched["token"],
    )
    arn = sts.get_caller_identity()["Arn"]
    assert arn.startswith("arn:aws:sts::111111111111:assumed-role/runner/i-0")


def test_version_one_is_refused() -> None:
    assert answered(RUNNER, "GET", "meta-data/instance-id") == 401


def test_other_hosts_have_no_metadata() -> None:
    assert answered("ea-tester", "PUT", "api/token", **{TTL: "60"}) is None


class Instance:
    """A host with IMDS, and a container's network behind it, as Docker lays it out."""

    def __init__(self, bed: Bed, hop_limit: int) -> None:
        suffix = secrets.token_hex(3)
        self.host, self.container = f"ea-test-{suffix}", f"ea-test-{suffix}-in"
        for name in (self.host, self.container):
            self._ip(f"netns add {name}")
            self._ip(f"-n {name} link set lo up")
        self._ip(f"-n {self.host} link add docker0 type veth peer name eth0 netns {self.container}")
        for name, device, address in ((self.host, "docker0", HOST), (self.container, "eth0", CONTAINER)):
            self._ip(f"-n {name} address add {address}/30 dev {device}")
            self._ip(f"-n {name} link set {device} up")
        self._ip(f"-n {self.container} route add default via {HOST}")
        self._in_host("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self._in_host(
            "iptables", "-t", "nat", "-A", "POSTROUTING", "-s", f"{CONTAINER}/32", "-j", "MASQUERADE"
        )
        entered = ["nsenter", f"--net=/run/netns/{self.host}"]
        options = ["--state", str(bed.state), "--role-arn", ROLE, "--local-address", "10.99.0.2"]
        options += ["--hop-limit", str(hop_limit)]
        self._server = subprocess.Popen(
            [*entered, sys.executable, "-Bm", "testbed.imds.serve", *options],
            env={**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)},
            stdout=subprocess.DEVNULL,
        )

    def end(self) -> None:
        self._server.kill()
        self._server.wait()
        for name in (self.container, self.host):
            self._ip(f"netns delete {name}")

    def _in_host(self, *argv: str) -> None:
        subprocess.run(["nsenter", f"--net=/run/netns/{self.host}", *argv], check=True)

    @staticmethod
    def _ip(arguments: str) -> None:
        subprocess.run(["ip", *arguments.split()], check=True)


@pytest.fixture
def instance(bed: Bed, request: pytest.FixtureRequest) -> Iterator[Instance]:
    made = Instance(bed, request.param)
    yield made
    made.end()


@pytest.mark.parametrize(("instance", "expected"), [(1, None), (2, 200)], indirect=["instance"])
def test_the_hop_limit_decides_for_containers(instance: Instance, expected: int | None) -> None:
    asked = ("PUT", "api/token")
    assert eventually(lambda: answered(instance.host, *asked, **{TTL: "60"}), 10) == 200
    assert answered(instance.container, *asked, **{TTL: "60"}) == expected

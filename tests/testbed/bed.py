"""A testbed that is up, as tests see it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from testbed import net, organisation, paths, processes, topology, units
from testbed.aws.control_client import ControlClient
from testbed.cluster.api import Api
from testbed.errors import TestbedError
from testbed.organisation import Organisation

TESTER = "ea-tester"
T = TypeVar("T")


@dataclass(frozen=True)
class Bed:
    """`control` is the AWS side's control socket: calls made, roles changed, credentials given."""

    org: Organisation
    state: Path
    control: ControlClient

    @classmethod
    def attach(cls) -> "Bed":
        """The testbed around us; an error that says how, if it isn't there."""
        if not net.exists(topology.ROUTER):
            raise TestbedError("the testbed is not up", "Run ./testbed up first.")
        if processes.namespace(os.getpid(), "net") not in net.inodes([TESTER]):
            raise TestbedError(
                "these tests need the private network",
                "Run them as: ./testbed exec -- .venv/bin/python -m pytest tests/integration",
            )
        org = organisation.load()
        needed = ("resolver", "aws", "registry", *(f"cluster-{name}" for name in org.clusters))
        dead = [name for name in needed if units.running(name) is None]
        if dead:
            raise TestbedError(f"unit {dead[0]} is not running", f"./testbed up; see {paths.log(dead[0])}")
        return cls(org, paths.state(), ControlClient(paths.state()))

    def api(self, cluster: str) -> Api:
        """The cluster's API as its administrator, over the network that we are in."""
        return Api(paths.cluster(cluster), None)

    def kubeconfig(self, cluster: str) -> Path:
        """The administrator's, for kubectl and other clients."""
        return paths.cluster(cluster) / "kubeconfig"

    def credentials(self, role_arn: str) -> Any:
        """Credentials of a role, as instance metadata would give them."""
        return self.control.post(
            "/instance-credentials", role_arn=role_arn, instance_id="i-0123456789abcdef0"
        )


def eventually(look: Callable[[], T], seconds: float = 30) -> T:
    """What `look` gives, once it gives something; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {look}")
        time.sleep(0.1)
    return found

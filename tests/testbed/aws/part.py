"""AWS and GitHub's OIDC as a part of the testbed: one server, and an instance metadata service a host."""

import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from testbed import net, paths, topology, units
from testbed.aws.control_client import ControlClient
from testbed.aws.eks.access_policies import POLICIES
from testbed.aws.eks.authentication_mode import MODES
from testbed.errors import TestbedError
from testbed.imds.link import ADDRESS as IMDS_ADDRESS
from testbed.organisation import Cluster, Organisation, Role

UNIT = "aws"
NETNS = "ea-aws"


def prepare(org: Organisation) -> None:
    """Nothing is built: the policies must be there, and that is said before anything starts."""
    policies = [path for role in org.roles.values() for path in (role.trust, *role.policies)]
    missing = [path for path in policies if not path.exists()]
    if missing:
        raise TestbedError(
            f"policy {missing[0]} is missing", "The organisation's roles name files in examples/aws."
        )
    for cluster in org.clusters.values():
        _check_access(cluster)


def _check_access(cluster: Cluster) -> None:
    if cluster.authentication_mode not in MODES:
        raise TestbedError(
            f"cluster {cluster.name}: there is no authentication-mode {cluster.authentication_mode}",
            f"There are {', '.join(MODES)}.",
        )
    policies = [policy for entry in cluster.access_entries for policy in entry.policies]
    unknown = [policy.name for policy in policies if policy.name not in POLICIES]
    if unknown:
        raise TestbedError(
            f"cluster {cluster.name}: the testbed knows no access policy {unknown[0]}",
            f"It knows {', '.join(sorted(POLICIES))}.",
        )


def start(org: Organisation) -> None:
    """The server first: instance metadata asks it for credentials."""
    units.start(server_unit())
    for host, role in instances(org).items():
        units.start(imds_unit(host, role))


def instances(org: Organisation) -> dict[str, Role]:
    """The hosts that are EC2 instances, by their names in hosts.json: runners, and the clusters' nodes."""
    nodes = {cluster.name: cluster.node_role for cluster in org.clusters.values()}
    return {**{f"runner-{r.name}": r.instance_role for r in org.runners.values()}, **nodes}


def server_unit() -> units.Unit:
    return units.Unit(
        name=UNIT,
        argv=_python("testbed.aws.serve", "--address", str(topology.AWS_ADDRESS)),
        netns=NETNS,
        env=_environment(),
        ready=_serving,
    )


def imds_unit(host: str, role: Role, hop_limit: int | None = None) -> units.Unit:
    """For a host that net.add has made."""
    there = net.recorded()[host]
    arguments = ["--role-arn", role.arn, "--local-address", there["address"]]
    limit = [] if hop_limit is None else ["--hop-limit", str(hop_limit)]
    return units.Unit(
        name=f"imds-{host}",
        argv=_python("testbed.imds.serve", *arguments, *limit),
        netns=there["netns"],
        env=_environment(),
        ready=lambda: _refuses_without_token(there["netns"]),
    )


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-Bum", module, "--state", str(paths.state()), *arguments]


def _environment() -> dict[str, str]:
    """AWS_* of the machine must not reach moto, nor its CA settings anybody."""
    return {"PYTHONPATH": str(Path(paths.PACKAGE).parent), "HOME": "/nonexistent"}


def _serving() -> bool:
    """Both doors: the control socket, and the port within the server's namespace."""
    try:
        ControlClient(paths.state()).get("/health")
        net.connect(NETNS, str(topology.AWS_ADDRESS), 443).close()
    except (OSError, TestbedError):
        return False
    return True


def _refuses_without_token(netns: str) -> bool:
    try:
        connection = HTTPConnection(IMDS_ADDRESS, timeout=2)
        connection.sock = net.connect(netns, IMDS_ADDRESS, 80)
        connection.request("GET", "/latest/meta-data/")
        return connection.getresponse().status == 401
    except (OSError, HTTPException):
        return False

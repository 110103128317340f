"""Runners that differ from the usual one, mostly by what they lack; each is booted on first use."""

from dataclasses import dataclass, replace

from testbed import net, topology, units
from testbed.aws import part as aws
from testbed.errors import TestbedError
from testbed.organisation import Organisation, RunnerHost
from testbed.runner_host import part
from testbed.runner_host.layout import Layout
from testbed.runner_host.machine import Machine

LIKE = "peered"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """number: the host's in its VPC. private_zone: whether its resolver knows the clusters' endpoints."""

    number: int
    peered: bool = True
    private_zone: bool = True
    engine: bool = True
    containerd_store: bool = False


KINDS = {
    "no-route": Kind(number=0x10B, peered=False),
    "no-dns": Kind(number=0x10C, private_zone=False),
    "no-docker": Kind(number=0x10D, engine=False),
    "containerd-store": Kind(number=0x10E, containerd_store=True),
}


def machine(org: Organisation, name: str) -> Machine:
    """The runner's machine of that name. The testbed must be up; `down` removes these machines too."""
    if name in KINDS:
        _boot(org, name, KINDS[name])
    elif name not in org.runners:
        known = ", ".join([*org.runners, *KINDS])
        raise TestbedError(f"there is no runner {name!r}", f"Runners: {known}.")
    return Machine(name)


def _boot(org: Organisation, name: str, kind: Kind) -> None:
    if not net.whole("router", topology.ROUTER):
        raise TestbedError(f"runner {name}: the testbed is not up", "`./testbed up` starts it.")
    like = org.runners[LIKE]
    runner = RunnerHost(
        name=name,
        account=like.account,
        address=like.account.vpc[kind.number],
        instance_role=like.instance_role,
        labels=like.labels,
    )
    host = topology.vpc_host(org, f"runner-{name}", like.account, runner.address, peered=kind.peered)
    net.add(host)
    layout = replace(Layout.of(runner), engine=kind.engine, containerd_store=kind.containerd_store)
    if not kind.private_zone:
        layout = replace(layout, resolver=str(runner.address))
        units.start(_resolver(org, layout))
    units.start(aws.imds_unit(host.name, like.instance_role))
    part.boot(layout)


def _resolver(org: Organisation, layout: Layout) -> units.Unit:
    """A resolver on the host itself that asks the VPC's for all but the clusters' private endpoints."""
    shared = topology.resolver(org.runners[LIKE].account.vpc)
    return units.Unit(
        name=f"resolver-{layout.name}",
        argv=[
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--user=root",
            "--pid-file",
            "--log-facility=-",
            "--bind-interfaces",
            "--no-resolv",
            "--no-hosts",
            f"--listen-address={layout.address}",
            f"--server={shared}",
            f"--address=/{org.region}.eks.amazonaws.com/",  # NXDOMAIN, as without the private hosted zone
        ],
        netns=layout.netns,
        ready=lambda: _answers(layout),
    )


def _answers(layout: Layout) -> bool:
    try:
        net.connect(layout.netns, layout.address, 53).close()
    except OSError:
        return False
    return True

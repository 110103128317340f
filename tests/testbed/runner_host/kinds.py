"""Runners that differ from the usual one, mostly by what they lack; booted on first use."""

from dataclasses import dataclass, replace

from testbed import dns, lock, net, topology, units
from testbed.aws import part as aws
from testbed.errors import TestbedError
from testbed.organisation import Organisation
from testbed.runner_host import proxy
from testbed.runner_host.boot import boot
from testbed.runner_host.layout import Layout, unit_name
from testbed.runner_host.machine import Machine


@dataclass(frozen=True, kw_only=True)
class Kind:
    """number: the host's in its VPC. private_zone: whether its resolver knows the clusters' endpoints.

    internet: whether there is a way out; without it, the proxy is the only one.
    """

    number: int
    peered: bool = True
    internet: bool = True
    private_zone: bool = True
    engine: bool = True
    containerd_store: bool = False


KINDS = {
    "no-route": Kind(number=0x10B, peered=False),
    "no-dns": Kind(number=0x10C, private_zone=False),
    "no-docker": Kind(number=0x10D, engine=False),
    "containerd-store": Kind(number=0x10E, containerd_store=True),
    "behind-proxy": Kind(number=0x10F, internet=False),
    "behind-proxy-only": Kind(number=0x110, internet=False, peered=False),
}


def plug(org: Organisation) -> None:
    """Make the runners' hosts, as part of `up`, and forget machines that died meanwhile.

    Not on first use: the name of a network namespace made within `./testbed exec` is in its mounts alone.
    """
    net.add(proxy.host(org))
    if proxy.UNIT in units.names():
        units.start(proxy.unit(org))
    for name, kind in KINDS.items():
        net.add(_host(org, name, kind))
        for unit in units.names():
            if unit.endswith(f"runner-{name}") and units.running(unit) is None:
                units.stop(unit)


def machine(org: Organisation, name: str) -> Machine:
    """The machine of that runner, booted if this is its first use; the testbed must be up."""
    if name not in {*org.runners, *KINDS}:
        known = ", ".join([*org.runners, *KINDS])
        raise TestbedError(f"there is no runner {name!r}", f"Runners: {known}.")
    if name in KINDS and units.running(unit_name(name)) is None:
        with lock.held():
            _boot(org, name, KINDS[name])
    return Machine(name)


def _boot(org: Organisation, name: str, kind: Kind) -> None:
    host = _host(org, name, kind)
    if not net.exists(host.netns):
        raise TestbedError(f"runner {name}: the testbed is not up", "`./testbed up` starts it.")
    like = org.default_runner
    runner = replace(like, name=name, address=host.address)
    layout = replace(Layout.of(runner), engine=kind.engine, containerd_store=kind.containerd_store)
    if not kind.private_zone:
        layout = replace(layout, resolver=str(host.address))
        units.start(_resolver(org, layout))
    if not kind.internet:
        units.start(proxy.unit(org))
        layout = replace(layout, proxy=proxy.url(org), no_proxy=proxy.exceptions(org, peered=kind.peered))
    units.start(aws.imds_unit(host.name, like.instance_role))
    boot(layout)


def _host(org: Organisation, name: str, kind: Kind) -> topology.Host:
    address = org.home.vpc[kind.number]
    return topology.vpc_host(
        org, f"runner-{name}", org.home, address, peered=kind.peered, internet=kind.internet
    )


def _resolver(org: Organisation, layout: Layout) -> units.Unit:
    """A resolver on the host itself that asks the VPC's for all but the clusters' private endpoints."""
    shared = topology.resolver(org.home.vpc)
    return units.Unit(
        name=f"resolver-{layout.unit}",
        argv=[
            *dns.DNSMASQ,
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

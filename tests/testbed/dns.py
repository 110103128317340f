"""The VPCs' resolver, one dnsmasq for all: private zones and the public names that exist here."""

from testbed import net, paths, topology, units
from testbed.organisation import Organisation

UNIT = "resolver"


def start(org: Organisation) -> None:
    """Start the resolver in the router's namespace and write every VPC's resolv.conf."""
    for alias, network in topology.bridges(org).items():
        conf = paths.resolver(alias)
        conf.parent.mkdir(parents=True, exist_ok=True)
        conf.write_text(resolv_conf(str(topology.resolver(network))))
    units.start(unit(org))


def unit(org: Organisation, gone: str = "") -> units.Unit:
    """The resolver; `gone` is a domain that it doesn't know, with all below it."""
    return units.Unit(name=UNIT, argv=command(org, gone), netns=topology.ROUTER, ready=lambda: _answers(org))


# One process, our arguments alone, the log where a unit's output goes.
DNSMASQ = (
    "dnsmasq",
    "--keep-in-foreground",
    "--conf-file=/dev/null",
    "--user=root",
    "--pid-file",
    "--log-facility=-",
    "--bind-interfaces",
    "--no-resolv",
    "--no-hosts",
)


def resolv_conf(address: str) -> str:
    return f"nameserver {address}\noptions timeout:2 attempts:2\n"


def below(name: str, domain: str) -> bool:
    """Whether the name is the domain's, or below it; letters' case doesn't matter (RFC 4343)."""
    return f".{name}".lower().endswith(f".{domain}".lower())


def command(org: Organisation, gone: str = "") -> list[str]:
    listen = [f"--listen-address={topology.resolver(network)}" for network in topology.bridges(org).values()]
    # Not --address: with it the name's AAAA would be NXDOMAIN, and musl's resolver then gives up on A too.
    names = {n: a for n, a in topology.names(org).items() if not (gone and below(n, gone))}
    known = [f"--host-record={name},{address}" for name, address in names.items()]
    registries = topology.registry_domain(org)
    if not (gone and below(registries, gone)):
        known.append(f"--address=/{registries}/{topology.AWS_ADDRESS}")
    return [
        *DNSMASQ,
        "--no-poll",
        "--address=/#/",  # every other name does not exist: NXDOMAIN, not a time-out
        *listen,
        *known,
        # An account's registry that has no record of its own, the domain being known: it would be found.
        *([f"--address=/{gone}/"] if gone else []),
    ]


def _answers(org: Organisation) -> bool:
    try:
        net.connect(topology.ROUTER, str(topology.resolver(org.home.vpc)), 53).close()
    except OSError:
        return False
    return True

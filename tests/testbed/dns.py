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
    units.start(units.Unit(name=UNIT, argv=command(org), netns=topology.ROUTER, ready=lambda: _answers(org)))


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


def command(org: Organisation) -> list[str]:
    listen = [f"--listen-address={topology.resolver(network)}" for network in topology.bridges(org).values()]
    # Not --address: with it the name's AAAA would be NXDOMAIN, and musl's resolver then gives up on A too.
    known = [f"--host-record={name},{address}" for name, address in topology.names(org).items()]
    return [
        *DNSMASQ,
        "--no-poll",
        "--address=/#/",  # every other name does not exist: NXDOMAIN, not a time-out
        *listen,
        *known,
        f"--address=/{topology.registry_domain(org)}/{topology.AWS_ADDRESS}",
    ]


def _answers(org: Organisation) -> bool:
    try:
        net.connect(topology.ROUTER, str(topology.resolver(org.home.vpc)), 53).close()
    except OSError:
        return False
    return True

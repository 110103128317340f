"""The organisation's HTTP proxy: a host of its own in the runners' VPC, for runners without another way out.

tinyproxy passes CONNECT on, and writes each down: the unit's output says who was asked for.
"""

from testbed import net, paths, topology, units
from testbed.cluster import mounts
from testbed.organisation import Organisation

UNIT = "proxy"
HOST = "proxy"
PORT = 3128


def host(org: Organisation) -> topology.Host:
    return topology.vpc_host(org, HOST, org.home, org.home.vpc[topology.PROXY_HOST_NUMBER])


def url(org: Organisation) -> str:
    return f"http://{host(org).address}:{PORT}"


def exceptions(org: Organisation, *, peered: bool) -> tuple[str, ...]:
    """The hosts that are asked directly: this one, the instance metadata, and what peering leads to.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html: no proxy leads there.
    """
    clusters = (f".{org.region}.eks.amazonaws.com",) if peered else ()
    return ("localhost", "127.0.0.1", "169.254.169.254", *clusters)


def unit(org: Organisation) -> units.Unit:
    """https://tinyproxy.github.io/ (tinyproxy.conf)"""
    configuration = paths.state() / "proxy" / "tinyproxy.conf"
    configuration.parent.mkdir(exist_ok=True)
    address = str(host(org).address)
    lines = [f"Listen {address}", f"Port {PORT}", "ConnectPort 443", "LogLevel Connect", "Timeout 600"]
    configuration.write_text("".join(f"{line}\n" for line in lines))
    return units.Unit(
        name=UNIT,
        argv=["tinyproxy", "-d", "-c", str(configuration)],
        netns=host(org).netns,
        setup=mounts.resolver(paths.resolver(org.home.alias)),
        depends_on=[configuration],
        ready=lambda: _answers(address),
    )


def asked() -> list[str]:
    """HOST:PORT of every CONNECT that it was sent, in order and in small letters."""
    log = paths.log(UNIT)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    words = (line.partition(": CONNECT ")[2].split() for line in lines)
    return [found[0].lower() for found in words if found]


def _answers(address: str) -> bool:
    try:
        net.connect(topology.ROUTER, address, PORT).close()
    except OSError:
        return False
    return True

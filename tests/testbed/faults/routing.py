"""The router's rules for what passes between two places, both ways: VPCs, hosts, or addresses."""

import subprocess
import zlib
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from testbed import net, organisation, topology

FIRST = 1000  # below it is the kernel's own rule for local addresses, far above that for all others


@dataclass(frozen=True)
class Place:
    bridge: str
    network: IPv4Network


def place(name: str) -> str:
    """Reads a parameter: ValueError if there is no such place. VPCs come before hosts of the same name."""
    _find(name)
    return name


def number(what: str) -> int:
    """Of a rule and its table: derived, so that whoever heals knows it."""
    return FIRST + zlib.crc32(what.encode()) % 20000


def add(preference: int, source: str, target: str, action: str) -> None:
    """Rules with this preference, in place of earlier ones; `action` is what `ip rule` calls it."""
    remove(preference)
    here, there = _find(source), _find(target)
    if here.bridge == there.bridge:
        raise ValueError(f"{source} and {target} are in one VPC: what goes between them passes no router")
    for a, b in ((here, there), (there, here)):
        rule = f"iif {a.bridge} from {a.network} to {b.network} {action}"
        _ip(f"rule add pref {preference} {rule}", check=True)


def remove(preference: int) -> None:
    """All with this preference; none is as well."""
    while _ip(f"rule del pref {preference}"):
        pass


def lead_through(device: str, table: int) -> None:
    """What is looked up in this table goes into the device. It is forgotten with the device."""
    _ip(f"route replace default dev {device} table {table}", check=True)
    for name in ("all", device):  # its packets come from elsewhere than where answers go: that's no spoofing
        with net.inside(topology.ROUTER):
            Path(f"/proc/sys/net/ipv4/conf/{name}/rp_filter").write_text("0")


def is_up(device: str) -> bool:
    return _ip(f"link show dev {device} up")


def _find(name: str) -> Place:
    org = organisation.load()
    networks = topology.bridges(org)
    if name in networks:
        return Place(net.bridge(name), networks[name])
    hosts = net.recorded()
    try:
        address = IPv4Network(hosts[name]["address"] if name in hosts else name)
    except ValueError:
        known = ", ".join(dict.fromkeys([*networks, *hosts]))
        raise ValueError(f"it is one of {known}, or an address") from None
    for vpc, network in networks.items():
        if address.subnet_of(network):
            return Place(net.bridge(vpc), address)
    raise ValueError(f"it is an address in one of {', '.join(networks)}")


def _ip(arguments: str, *, check: bool = False) -> bool:
    argv = ["ip", "-n", topology.ROUTER, *arguments.split()]
    done = subprocess.run(argv, capture_output=True, text=True, check=check)
    return done.returncode == 0 and bool(done.stdout or not arguments.startswith("link show"))

"""The private networks: a namespace a host, and a router's with a bridge a VPC; nothing in the machine's.

A Docker engine in the machine's namespace sets its FORWARD policy to DROP, and with br_netfilter that
drops bridged traffic too: the reason why the bridges have a namespace of their own.
"""

import ctypes
import fcntl
import hashlib
import json
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from testbed import paths, topology
from testbed.errors import TestbedError
from testbed.organisation import Organisation
from testbed.topology import Host

NAMESPACES = Path("/run/netns")
PREFIX = "ea-"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def create(org: Organisation) -> None:
    """Make router, bridges and hosts; what is whole already stays as it is."""
    if not whole("router", topology.ROUTER):
        _create_router(org)
    for host in topology.hosts(org).values():
        add(host)


def add(host: Host) -> None:
    """Make one host and plug it into its network; also for hosts that come later. No effect if it's there."""
    if whole(host.name, host.netns):
        return
    _unplug(host)
    port = _port(host.name)
    _ip(
        [
            f"netns add {host.netns}",
            f"link add {port} netns {topology.ROUTER} type veth peer name eth0 netns {host.netns}",
        ]
    )
    _ip([f"link set {port} master {bridge(host.vpc)} up"], topology.ROUTER)
    _ip(
        [
            "link set lo up",
            f"addr add {host.address}/{host.network.prefixlen} dev eth0",
            "link set eth0 up",
            *(f"route add {route} via {host.gateway}" for route in host.routes),
        ],
        host.netns,
    )
    _record(host.name, netns=host.netns, address=str(host.address), vpc=host.vpc)


def remove(host: Host) -> None:
    """Unplug a host that came later; nothing may run in it any more. No error if it isn't there."""
    _change_record(lambda known: known.pop(host.name, None))
    _unplug(host)


def route(netns: str, network: IPv4Network, via: IPv4Address) -> None:
    """Let a host (or the router) reach a network through an address."""
    _ip([f"route replace {network} via {via}"], netns)


def recorded() -> dict[str, dict[str, str]]:
    """hosts.json: name -> address, netns and VPC of every host there is."""
    try:
        found: dict[str, dict[str, str]] = json.loads(paths.hosts().read_text())
    except FileNotFoundError:
        return {}
    return found


def exists(netns: str) -> bool:
    return (NAMESPACES / netns).exists()


def ours() -> list[str]:
    """The names of all network namespaces of the testbed, left-overs included."""
    return sorted(path.name for path in NAMESPACES.glob(f"{PREFIX}*"))


def inodes(names: Iterable[str]) -> set[int]:
    return {(NAMESPACES / name).stat().st_ino for name in names}


def destroy() -> None:
    """Remove every namespace of the testbed; bridges and cables go with them."""
    paths.hosts().unlink(missing_ok=True)
    for name in ours():
        _remove(name)


@contextmanager
def inside(netns: str) -> Iterator[None]:
    """Run the block with this thread in the namespace. Sockets made there stay there."""
    with (NAMESPACES / netns).open() as there, Path("/proc/thread-self/ns/net").open() as here:
        _setns(there.fileno())
        try:
            yield
        finally:
            _setns(here.fileno())


def connect(netns: str, address: str, port: int, timeout: float = 2.0) -> socket.socket:
    """A TCP connection made from within a namespace, usable from anywhere."""
    with inside(netns):
        return socket.create_connection((address, port), timeout)


def _record(name: str, **facts: str) -> None:
    """Written last, so that a namespace without a record is one whose making was interrupted."""
    _change_record(lambda known: known.update({name: facts}))


def _change_record(change: Callable[[dict[str, dict[str, str]]], object]) -> None:
    paths.hosts().parent.mkdir(parents=True, exist_ok=True)
    with paths.hosts().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # among threads too: each has opened the file for itself
        known = recorded()
        change(known)
        partial = paths.hosts().with_suffix(".new")
        partial.write_text(json.dumps(known, indent=2))
        partial.replace(paths.hosts())


def whole(name: str, netns: str) -> bool:
    return exists(netns) and name in recorded()


def _remove(netns: str) -> None:
    if exists(netns):
        _ip([f"netns del {netns}"])


def _unplug(host: Host) -> None:
    """The cable first: with the namespace it would go a moment later, and its name be taken till then."""
    port = ["ip", "-n", topology.ROUTER, "link", "delete", _port(host.name)]
    subprocess.run(port, capture_output=True, check=False)  # none is as well
    _remove(host.netns)


def _create_router(org: Organisation) -> None:
    destroy()  # without a router no other host works either
    _ip([f"netns add {topology.ROUTER}"])
    lines = ["link set lo up"]
    for alias, network in topology.bridges(org).items():
        device, prefix = bridge(alias), network.prefixlen
        lines += [
            # An address of its own, or it has that of a port, and another one whenever a host comes or goes:
            # the others would send to the former one for seconds.
            f"link add {device} address {_mac(network)} type bridge",
            f"addr add {network[1]}/{prefix} dev {device}",
            f"addr add {topology.resolver(network)}/{prefix} dev {device}",
            f"link set {device} up",
        ]
    _ip(lines, topology.ROUTER)
    with inside(topology.ROUTER):
        # /proc/sys/net shows the namespace of the thread that looks.
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    _record("router", netns=topology.ROUTER, address=str(topology.INTERNET[1]), vpc="internet")


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def bridge(alias: str) -> str:
    """The router's interface in that VPC."""
    return interface(f"b-{alias}")


def _mac(network: IPv4Network) -> str:
    """A locally administered address, made of the gateway's."""
    return ":".join(f"{byte:02x}" for byte in (0x02, 0xEA, *network[1].packed))


def _port(name: str) -> str:
    return interface(f"v-{name}")


def interface(name: str) -> str:
    """A name that the kernel takes: 15 characters, and still one of a kind."""
    return name if len(name) <= 15 else name[:8] + hashlib.sha256(name.encode()).hexdigest()[:7]


def _ip(commands: list[str], netns: str | None = None) -> None:
    """Many `ip` commands in one run."""
    argv = ["ip", *(["-n", netns] if netns else []), "-batch", "-"]
    done = subprocess.run(argv, input="\n".join(commands), capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(
            f"network: `ip {'; '.join(commands)}` failed: {done.stderr.strip()}",
            "`./testbed down` removes what an earlier run has left; then try again.",
        )

"""Boot and halt a runner's machine."""

import secrets
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import yaml

from testbed import paths, units
from testbed.cluster import cgroups
from testbed.errors import TestbedError
from testbed.images import store
from testbed.pki import write_private
from testbed.runner_host import disk, mounts
from testbed.runner_host import layout as places
from testbed.runner_host.layout import Layout
from testbed.runner_host.machine import Machine

READY_WITHIN_SECONDS = 60.0


def boot(layout: Layout) -> None:
    """Boot one machine whose network namespace is there; no effect if it runs."""
    root = store.ensure().machine
    if units.running(layout.unit) is None:
        cgroups.create(layout.cgroup)
        disk.make(layout, root)
    register(layout)
    units.start(
        units.Unit(
            name=layout.unit,
            argv=["unshare", "--uts", "--ipc", str(places.INIT)],
            netns=layout.netns,
            setup=mounts.script(root, layout.disk, read_only(), writable(layout)),
            ready=lambda: _ready(layout),
            ready_within=READY_WITHIN_SECONDS,
        )
    )


def register(layout: Layout) -> None:
    """Give the runner the credential that a registration leaves; it stays the same over boots."""
    if not layout.credential.exists():
        write_private(layout.credential, secrets.token_urlsafe(32).encode())


def halt(layout: Layout) -> None:
    """Kill the machine with all that runs in it; its disk stays until the next boot."""
    units.stop(layout.unit)
    cgroups.remove(layout.cgroup)


def read_only() -> dict[Path, Path]:
    """What the machine sees of this one and can't change: target -> source."""
    shared = {
        Path(place): paths.state() / name for name, (place, write) in places.SHARED.items() if not write
    }
    libraries = {
        places.LIBRARIES / "testbed/act": paths.PACKAGE / "act",
        places.LIBRARIES / "testbed/simulator": paths.PACKAGE / "simulator",
        places.LIBRARIES / "yaml": Path(yaml.__file__).parent,
    }
    return {**shared, **libraries}


def writable(layout: Layout) -> dict[Path, Path]:
    shared = {Path(place): paths.state() / name for name, (place, write) in places.SHARED.items() if write}
    return {**shared, Path("/var/lib/docker"): layout.docker}


def _ready(layout: Layout) -> bool:
    """It has its own root (until then its /run is this machine's), and its engine, if any, answers."""
    try:
        root = Machine(layout.name).root
        booted = (root / str(places.INIT).lstrip("/")).exists()
        return booted and (not layout.engine or engine_answers(root / "run/docker.sock"))
    except (OSError, HTTPException, TestbedError):
        return False


def engine_answers(path: Path) -> bool:
    """OSError or HTTPException if it doesn't, at all."""
    connection = HTTPConnection("engine", timeout=2)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", "/_ping")
    return connection.getresponse().status == 200

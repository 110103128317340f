"""Stop, start and restart one component of a running cluster: what breaks in the world, and what heals it.

The cluster's first process takes orders at STATE/clusters/NAME/control.sock, one line of JSON each way:
{"do": "restart", "component": "kube-apiserver"} -> {"states": {"etcd": "running", …}} or {"error": "…"}.
"""

import json
import select
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from testbed import paths
from testbed.cluster.running import PATIENCE_SECONDS, Running
from testbed.errors import TestbedError

ANSWER_SECONDS = 2 * PATIENCE_SECONDS
States = dict[str, str]


def states(cluster: str) -> States:
    """`running` or `stopped`, by component."""
    return _order(cluster, "states")


def stop(cluster: str, component: str) -> States:
    """Returns when it has ended; it stays so until it is started, which `./testbed up` does too."""
    return _order(cluster, "stop", component)


def kill(cluster: str, component: str) -> States:
    """As `stop`, at once: it has no time to end well."""
    return _order(cluster, "kill", component)


def start(cluster: str, component: str) -> States:
    """Returns when the process is there, not when it works. Nothing is done to one that runs."""
    return _order(cluster, "start", component)


def restart(cluster: str, component: str) -> States:
    return _order(cluster, "restart", component)


def heal(cluster: str) -> None:
    """Start whatever is stopped."""
    for component, state in states(cluster).items():
        if state == "stopped":
            start(cluster, component)


def door(directory: Path) -> Path:
    """`directory` is the cluster's."""
    return directory / "control.sock"


def _order(cluster: str, action: str, component: str | None = None) -> States:
    path = door(paths.cluster(cluster))
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(path))
            connection.sendall(json.dumps({"do": action, "component": component}).encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
    except (OSError, ValueError) as error:
        raise TestbedError(f"no answer from {path}: {error}", "./testbed status; ./testbed up") from None
    if "error" in answer:
        raise TestbedError(f"cluster {cluster}: {answer['error']}")
    return dict(answer["states"])


class Door:
    """The first process's side of it."""

    def __init__(self, path: Path, running: Running) -> None:
        self._running = running
        self._actions: dict[str, Callable[[str], None]] = {
            "states": lambda _: None,
            "stop": running.stop,
            "kill": running.kill,
            "start": running.start,
            "restart": self._restart,
        }
        path.unlink(missing_ok=True)
        self._orders = socket.socket(socket.AF_UNIX)
        self._orders.bind(str(path))
        path.chmod(0o600)
        self._orders.listen()
        self._ended, ended = socket.socketpair()
        for end in (self._ended, ended):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ended.fileno(), warn_on_full_buffer=False)
        self._wake = ended  # kept, or it would be closed

    def wait(self) -> None:
        """Sleep until a child has ended or an order was carried out."""
        ready, _, _ = select.select([self._orders, self._ended], [], [])
        if self._ended in ready:
            self._ended.recv(4096)
        if self._orders in ready:
            connection, _ = self._orders.accept()
            with connection:
                connection.settimeout(1)
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        try:
            order = json.loads(connection.makefile().readline())
            answer = self._obey(order["do"], order["component"])
            connection.sendall(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError, LookupError, TypeError) as error:
            print(f"an order that came to nothing: {error!r}", flush=True)

    def _obey(self, action: str, component: str) -> dict[str, object]:
        known = self._running.states()
        if action not in self._actions:
            return {"error": f"nothing is called {action}; there are {', '.join(self._actions)}"}
        if action != "states" and component not in known:
            return {"error": f"there is no component {component!r}; there are {', '.join(known)}"}
        self._actions[action](component)
        return {"states": self._running.states()}

    def _restart(self, component: str) -> None:
        self._running.stop(component)
        self._running.start(component)

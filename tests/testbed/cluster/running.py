"""A cluster's components as processes: children of the first process of its pid namespace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from testbed.cluster.commands import Component

POLL_SECONDS = 0.03
LOG_LINES = 8
PATIENCE_SECONDS = 3.0  # between SIGTERM and SIGKILL: an API server would wait a minute for its watches


class Running:
    """A component that ends by itself ends everything; one that was stopped doesn't."""

    def __init__(self, components: Iterable[Component], logs: Mapping[str, str], path: str) -> None:
        """`logs`: files by component. `path`: the components' PATH."""
        self._components = {component.name: component for component in components}
        self._logs = logs
        self._path = path
        self._pids: dict[int, str] = {}

    def states(self) -> dict[str, str]:
        """`running` or `stopped`, by component."""
        return {name: "running" if self._pid(name) else "stopped" for name in self._components}

    def start(self, name: str) -> None:
        """Nothing, if it runs. LookupError for a component that there isn't."""
        if self._pid(name):
            return
        component = self._components[name]
        with Path(self._logs[name]).open("ab") as log:
            process = subprocess.Popen(
                component.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": self._path, **component.env},
            )
        process.returncode = 0  # it is reap() that waits for it, not the object's end or the next one's start
        self._pids[process.pid] = name

    def kill(self, name: str) -> None:
        """As a crash: open connections break."""
        self.stop(name, 0.0)

    def stop(self, name: str, patience: float = PATIENCE_SECONDS) -> None:
        """It has ended afterwards. What it started, such as pods, stays."""
        pid = self._pid(name)
        if pid is None:
            return
        del self._pids[pid]  # from here on its end is no news
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while self.reap() != pid:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)

    def pause(self) -> None:
        """Wait a moment for something else, with an eye on the components."""
        while self.reap():
            pass
        time.sleep(POLL_SECONDS)

    def reap(self) -> int | None:
        """The pid of a child that has ended, if one has: containers' shims become ours, too."""
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return None
        if ended is None:
            return None
        name = self._pids.get(ended.si_pid)
        if name:
            tail = Path(self._logs[name]).read_text(errors="replace").splitlines()[-LOG_LINES:]
            print(
                f"{name} ended (status {ended.si_status}); the last it said:", *tail, sep="\n  ", flush=True
            )
            sys.exit(1)
        return int(ended.si_pid)

    def _pid(self, name: str) -> int | None:
        self._components[name]  # LookupError
        return next((pid for pid, known in self._pids.items() if known == name), None)

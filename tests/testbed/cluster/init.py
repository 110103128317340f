"""The first process of a cluster's pid namespace: starts the components in order, and ends if one ends.

Being process 1 there, its end is the end of all, pods included. Run: `python -m testbed.cluster.init PLAN`.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from testbed.cluster.api import Api
from testbed.cluster.commands import NODE_SOCKET, Component

POLL_SECONDS = 0.03
LOG_LINES = 8


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to start. Written by the part, read by the init."""

    directory: str
    path: str  # PATH of the components
    logs: dict[str, str]  # by component
    components: list[Component]
    images: list[str]  # archives to import into the node's containerd

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, file: Path) -> "Plan":
        raw: dict[str, Any] = json.loads(file.read_text())
        components = [Component(**{**c, "argv": tuple(c["argv"])}) for c in raw.pop("components")]
        return cls(**raw, components=components)


class Init:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._running: dict[int, str] = {}

    def run(self) -> NoReturn:
        for component in self._plan.components:
            if not component.needs_api:
                self._start(component)
        self._wait_for_socket(Path(NODE_SOCKET))
        for image in self._plan.images:
            self._import(image)
        api = Api(Path(self._plan.directory), netns=None)
        while not api.answers():
            self._pause()
        for component in self._plan.components:
            if component.needs_api:
                self._start(component)
        while True:
            self._reap(os.WEXITED)

    def _start(self, component: Component) -> None:
        with Path(self._plan.logs[component.name]).open("ab") as log:
            process = subprocess.Popen(
                component.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": self._plan.path, **component.env},
            )
        self._running[process.pid] = component.name

    def _import(self, image: str) -> None:
        argv = ["ctr", "--address", NODE_SOCKET, "--namespace", "k8s.io", "images", "import", image]
        while subprocess.run(argv, capture_output=True, check=False).returncode:
            self._pause()

    def _wait_for_socket(self, path: Path) -> None:
        while not path.is_socket():
            self._pause()

    def _pause(self) -> None:
        self._reap(os.WEXITED | os.WNOHANG)
        time.sleep(POLL_SECONDS)

    def _reap(self, options: int) -> None:
        """Collect whatever ended: containers' shims too become children of process 1."""
        ended = os.waitid(os.P_ALL, 0, options)
        name = self._running.get(ended.si_pid) if ended else None
        if ended and name:
            tail = Path(self._plan.logs[name]).read_text(errors="replace").splitlines()[-LOG_LINES:]
            print(
                f"{name} ended (status {ended.si_status}); the last it said:", *tail, sep="\n  ", flush=True
            )
            sys.exit(1)


if __name__ == "__main__":
    Init(Plan.read(Path(sys.argv[1]))).run()

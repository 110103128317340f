"""The first process of a cluster's pid namespace: starts the components in order, and ends if one ends.

Being process 1 there, its end is the end of all, pods included. Run: `python -m testbed.cluster.init PLAN`.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from testbed.cluster.api import Api
from testbed.cluster.commands import NODE_SOCKET, Component
from testbed.cluster.control import Door, door
from testbed.cluster.running import Running


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


def run(plan: Plan) -> NoReturn:
    running = Running(plan.components, plan.logs, plan.path)
    _start(running, plan, needs_api=False)
    while not Path(NODE_SOCKET).is_socket():
        running.pause()
    for image in plan.images:
        _import(running, image)
    api = Api(Path(plan.directory), netns=None)
    while not api.answers():
        running.pause()
    _start(running, plan, needs_api=True)
    orders = Door(door(Path(plan.directory)), running)
    while True:
        while running.reap():
            pass
        orders.wait()


def _start(running: Running, plan: Plan, *, needs_api: bool) -> None:
    for component in plan.components:
        if component.needs_api == needs_api:
            running.start(component.name)


def _import(running: Running, image: str) -> None:
    argv = ["ctr", "--address", NODE_SOCKET, "--namespace", "k8s.io", "images", "import", image]
    while subprocess.run(argv, capture_output=True, check=False).returncode:
        running.pause()


if __name__ == "__main__":
    run(Plan.read(Path(sys.argv[1])))

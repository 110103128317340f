"""An action's release tree in a runner's machine, for tests that start it often."""

from testbed.runner_host.machine import Machine
from tools.vendor.tree import export


def install(action: str, machine: Machine, path: str) -> None:
    """As the runner would have downloaded it to `path`, but compiled."""
    export(action, machine.root / path.lstrip("/"))
    machine.run(["python3", "-m", "compileall", "-q", path], user="root", check=True)

"""act itself: built when it is first asked for, not by `up`, and copied onto the machine that runs it."""

import shutil

from testbed.runner_host.layout import RUNNER
from testbed.runner_host.machine import Machine
from testbed.tools import build

NAME = "act"
PLACE = RUNNER / "act" / NAME


def built() -> str:
    build.ensure([NAME])
    return str(build.path(NAME))


def install(machine: Machine) -> str:
    """The program's path on the machine. It is not on the PATH: a job of a real runner finds no act."""
    source, target = built(), machine.root / PLACE.relative_to("/")
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(source, target.with_suffix(".new"))
        target.with_suffix(".new").rename(target)
    return str(PLACE)

"""What faults of a runner's machine share: the parameter that names one, scripts in it, its engine."""

import time
from collections.abc import Callable
from http.client import HTTPException

from testbed import units
from testbed.errors import TestbedError
from testbed.faults.fault import Parameter, Values
from testbed.runner_host.boot import engine_answers
from testbed.runner_host.layout import unit_name
from testbed.runner_host.machine import Machine

WITHIN_SECONDS = 30.0
RUNNER = Parameter(name="runner", text="the machine of that runner", default="peered")
# The hold is for machine-init. A container may take ten seconds to end: there is no waiting for that.
STOP = """
touch /run/engine-stopped
pid=$(cat /run/docker.pid) || exit 0
kill -CONT $pid || exit 0
kill -TERM $pid
for _ in $(seq 30); do kill -0 $pid 2>/dev/null || exit 0; sleep 0.1; done
kill -KILL $pid
"""
START = "rm -f /run/engine-stopped"


def unit(values: Values) -> list[str]:
    return [unit_name(values["runner"])]


def is_up(values: Values) -> bool:
    return units.running(unit_name(values["runner"])) is not None


def sh(values: Values, script: str, *arguments: str) -> None:
    """Run it as root in the machine; TestbedError if it fails."""
    machine = Machine(values["runner"])
    done = machine.run(["sh", "-c", script, "sh", *arguments], user="root", capture_output=True, text=True)
    if done.returncode:
        raise TestbedError(
            f"runner {machine.name}: {done.stderr.strip()}",
            f"`./testbed exec --host runner-{machine.name}` looks there.",
        )


def stop_engine(values: Values) -> None:
    sh(values, STOP)


def start_engine(values: Values) -> None:
    """Returns when it answers."""
    sh(values, START)
    wait_for_engine(values)


def wait_for_engine(values: Values) -> None:
    _wait(lambda: _answers(values), f"the engine of runner {values['runner']} answers")


def _answers(values: Values) -> bool:
    try:
        return engine_answers(Machine(values["runner"]).root / "run/docker.sock")
    except (OSError, HTTPException):
        return False


def _wait(until: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not until():
        if time.monotonic() > deadline:
            raise TestbedError(f"{what}: not within {WITHIN_SECONDS:.0f} s", "See ./testbed status.")
        time.sleep(0.05)

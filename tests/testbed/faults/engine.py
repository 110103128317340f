"""Faults of a runner's Docker engine: gone, standing still, without memory for its containers."""

from testbed.cluster import cgroups
from testbed.faults import runners
from testbed.faults.fault import Fault, Memory, Parameter, Values, amount
from testbed.faults.runners import RUNNER
from testbed.runner_host.layout import unit_name

MEBIBYTE = 2**20
SIGNAL = 'pid=$(cat /run/docker.pid) || exit 0; kill "-$1" "$pid" || exit 0'


def _stop(values: Values) -> Memory:
    runners.stop_engine(values)
    return {}


def _start(values: Values, _memory: Memory) -> None:
    if runners.is_up(values):
        runners.start_engine(values)


def _freeze(values: Values) -> Memory:
    runners.sh(values, SIGNAL, "STOP")
    return {}


def _thaw(values: Values, _memory: Memory) -> None:
    if runners.is_up(values):
        runners.sh(values, SIGNAL, "CONT")
        runners.wait_for_engine(values)


def _limit(values: Values) -> Memory:
    cgroups.limit_memory(cgroups.branch(unit_name(values["runner"])), int(values["limit"] * MEBIBYTE))
    return {}


def _no_limit(values: Values, _memory: Memory) -> None:
    cgroups.limit_memory(cgroups.branch(unit_name(values["runner"])), None)


def _engine(values: Values) -> str:
    return f"engine of {values['runner']}"


FAULTS = (
    Fault(
        name="engine-stopped",
        text="a runner's Docker engine is stopped, and its containers with it",
        parameters=(RUNNER,),
        units=runners.unit,
        part=_engine,
        strike=_stop,
        heal=_start,
    ),
    Fault(
        name="engine-silent",
        text="a runner's Docker engine takes connections, and answers nothing",
        parameters=(RUNNER,),
        units=runners.unit,
        part=_engine,
        strike=_freeze,
        heal=_thaw,
    ),
    Fault(
        name="memory-short",
        text="a runner's containers have little memory together: the kernel kills what takes more",
        parameters=(
            RUNNER,
            Parameter(name="limit", text="mebibytes, for all of them", default="32", read=amount),
        ),
        units=runners.unit,
        part=lambda values: f"memory of {values['runner']}",
        strike=_limit,
        heal=_no_limit,
    ),
)

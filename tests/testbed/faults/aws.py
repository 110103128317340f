"""Faults of AWS's APIs, at the front that stands for them."""

from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.faults.fault import Fault, Memory, Parameter, Values, count, seconds

OPERATION = Parameter(name="operation", text="SERVICE:Operation, such as sts:AssumeRole")
TIMES = Parameter(
    name="times", text="how many calls it strikes; 0: all until it is healed", default="0", read=count
)


def _units(_values: Values) -> list[str]:
    return ["aws"]


def _strike(values: Values) -> Memory:
    order = ControlClient(paths.state()).post("/faults", **values)
    return {"order": order["id"]}


def _heal(_values: Values, memory: Memory) -> None:
    if "order" in memory:
        ControlClient(paths.state()).delete(f"/faults/{memory['order']}")


FAULTS = (
    Fault(
        name="aws-error",
        text="an AWS operation answers with an error",
        parameters=(
            OPERATION,
            Parameter(name="code", text="AWS's error code", default="InternalFailure"),
            Parameter(name="message", text="AWS's sentence", default="The request failed."),
            Parameter(name="status", text="the HTTP status", default="500", read=int),
            TIMES,
        ),
        units=_units,
        strike=_strike,
        heal=_heal,
    ),
    Fault(
        name="aws-slow",
        text="an AWS operation takes its time",
        parameters=(OPERATION, Parameter(name="delay", text="seconds", default="5", read=seconds), TIMES),
        units=_units,
        strike=_strike,
        heal=_heal,
    ),
)

"""Faults of the network between VPCs, where the router forwards: no route, distance, a thin line, cuts."""

import sys
import time

from testbed import net, organisation, paths, topology, units
from testbed.errors import TestbedError
from testbed.faults import routing
from testbed.faults.fault import Fault, Memory, Parameter, Values, amount, count, one_of
from testbed.faults.link import Settings

SOURCE = Parameter(name="source", text="a VPC, or a host in one", default="shared", read=routing.place)
TARGET = Parameter(
    name="target", text="a VPC (dev), or a host in one (aws)", default="dev", read=routing.place
)
ANSWERS = {"silence": "blackhole", "unreachable": "unreachable"}  # ip-rule(8)
TRIES = 3


def _units(_values: Values) -> list[str]:
    return ["resolver"]  # it lives in the router's namespace


def _between(values: Values) -> str:
    return f"what passes between {' and '.join(sorted((values['source'], values['target'])))}"


def _number(values: Values) -> int:
    return routing.number(_between(values))


def _no_route(values: Values) -> Memory:
    _add(values, ANSWERS[values["answer"]])
    return {}


def _route_again(values: Values, _memory: Memory) -> None:
    routing.remove(_number(values))


def _distance(values: Values) -> Memory:
    _lead(values, Settings(delay=values["rtt"] / 2000))
    return {"note": _measured(values)}


def _thin(values: Values) -> Memory:
    _lead(values, Settings(rate=values["rate"] * 1000))
    return {}


def _cut(values: Values) -> Memory:
    _lead(values, Settings(after=values["after"], cuts=values["times"]))
    return {}


def _lead(values: Values, settings: Settings) -> None:
    number = _number(values)
    device = f"link{number}"
    units.start(
        units.Unit(
            name=_unit(values),
            argv=[sys.executable, "-m", "testbed.faults.link", device, settings.text()],
            env={"PYTHONPATH": str(paths.PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"},
            netns=topology.ROUTER,
            ready=lambda: routing.is_up(device),
        )
    )
    routing.lead_through(device, number)
    _add(values, f"lookup {number}")


def _add(values: Values, action: str) -> None:
    try:
        routing.add(_number(values), values["source"], values["target"], action)
    except ValueError as error:
        raise TestbedError(f"fault: {error}", "Name places in two VPCs.") from None


def _whole_again(values: Values, _memory: Memory) -> None:
    routing.remove(_number(values))
    units.stop(_unit(values))


def _unit(values: Values) -> str:
    return f"fault-link-{_number(values)}"


def _measured(values: Values) -> str:
    """The time of a handshake, the best of a few, between hosts of both places; "" if none can be asked."""
    org, hosts = organisation.load(), net.recorded()
    inside = {name: [f for f in hosts.values() if f["vpc"] == name] for name in topology.bridges(org)}
    source = (inside.get(values["source"]) or [hosts[values["source"]]])[0]
    for target in inside.get(values["target"]) or [hosts[values["target"]]]:
        took = []
        for _ in range(TRIES):
            began = time.monotonic()
            try:
                net.connect(source["netns"], target["address"], 443, 5.0).close()
            except OSError:
                break
            took.append(time.monotonic() - began)
        if took:
            return f"measured: {min(took) * 1000:.1f} ms for a handshake with {target['address']}"
    return ""


FAULTS = (
    Fault(
        name="no-route",
        text="nothing passes between two VPCs, as without their peering connection",
        parameters=(
            SOURCE,
            TARGET,
            Parameter(
                name="answer", text="silence, or unreachable", default="silence", read=one_of(*ANSWERS)
            ),
        ),
        units=_units,
        part=_between,
        strike=_no_route,
        heal=_route_again,
    ),
    Fault(
        name="distance",
        text="two VPCs are far from each other",
        parameters=(
            SOURCE,
            TARGET,
            Parameter(name="rtt", text="round trip, milliseconds", default="80", read=amount),
        ),
        units=_units,
        part=_between,
        strike=_distance,
        heal=_whole_again,
    ),
    Fault(
        name="thin-line",
        text="little passes between two VPCs at a time",
        parameters=(
            SOURCE,
            TARGET,
            Parameter(name="rate", text="kilobytes a second, each way", default="100", read=amount),
        ),
        units=_units,
        part=_between,
        strike=_thin,
        heal=_whole_again,
    ),
    Fault(
        name="cut",
        text="connections between two VPCs are reset in the middle, also those that are open",
        parameters=(
            SOURCE,
            TARGET,
            Parameter(name="after", text="bytes that a connection still carries", default="0", read=count),
            Parameter(name="times", text="how many connections; 0: all", default="0", read=count),
        ),
        units=_units,
        part=_between,
        strike=_cut,
        heal=_whole_again,
    ),
)

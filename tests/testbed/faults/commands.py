"""./testbed fault [NAME [KEY=VALUE …]] and ./testbed heal [NAME …]."""

import argparse
from collections.abc import Callable
from typing import Any

from testbed.errors import TestbedError
from testbed.faults import active
from testbed.faults.catalogue import FAULTS, find


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    fault = commands.add_parser(
        "fault", help="break something, until it is healed; alone: what can be broken"
    )
    fault.add_argument("name", nargs="?", help="of the fault")
    fault.add_argument("given", nargs="*", metavar="KEY=VALUE")
    heal = commands.add_parser("heal", help="mend what `fault` broke")
    heal.add_argument("names", nargs="*", metavar="NAME", help="of a fault in force (default: all)")


def _fault(arguments: argparse.Namespace) -> int:
    if arguments.name is None:
        print(_list())
        return 0
    struck = active.strike(arguments.name, **dict(_pair(text) for text in arguments.given))
    print(f"fault in force: {struck}")
    if note := struck.memory.get("note"):
        print(note)
    print("`./testbed heal` mends it.")
    return 0


def _heal(arguments: argparse.Namespace) -> int:
    for name in arguments.names:
        find(name)
    in_force = active.active()
    wanted = [fault for fault in in_force if not arguments.names or fault.name in arguments.names]
    for fault in active.heal(wanted):
        print(f"healed: {fault}")
    if not wanted:
        print("nothing to heal")
    return 0


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise TestbedError(f"{text!r} is no parameter", "Parameters are KEY=VALUE.")
    return key, value


def _list() -> str:
    """Each fault with its parameters, then those that are in force."""
    lines = []
    for fault in FAULTS.values():
        lines.append(f"{fault.name:<22} {fault.text}")
        for parameter in fault.parameters:
            default = "must be given" if parameter.default is None else f"default: {parameter.default}"
            lines.append(f"{'':<22}   {parameter.name}: {parameter.text} ({default})")
    in_force = [f"in force: {active.described(fault)}" for fault in active.active()]
    return "\n".join([*lines, "", *(in_force or ["none is in force"])])


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {"fault": _fault, "heal": _heal}

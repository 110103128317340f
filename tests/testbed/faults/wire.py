"""Faults on the wire: in force by being written down, for the stand-ins look them up at every request.

So one of them outlives a restart of its server, and ends the moment its record is gone, however that went.
"""

from collections.abc import Callable

from testbed.faults.fault import Fault, Memory, Parameter, Values, count, one_of, seconds

TIMES = Parameter(
    name="times",
    text="how many it strikes, which heals it; 0: all until it is healed",
    default="0",
    read=count,
)
AFTER = Parameter(name="after", text="the first that it strikes, counted from 1", default="1", read=count)
DELAY = Parameter(name="delay", text="seconds", default="5", read=seconds)
PAGE = Parameter(
    name="body",
    text="html (a proxy's page), empty, or json (a document without what is asked for)",
    default="html",
    read=one_of("html", "empty", "json"),
)


def wire_fault(
    name: str,
    text: str,
    parameters: tuple[Parameter, ...],
    *,
    unit: Callable[[Values], str],
    strike: Callable[[Values], Memory] = lambda _: {},
) -> Fault:
    """`name` is FAMILY-DEED, and the deed what testbed.aws.breakage does to an answer.

    `strike` has only to refuse values that don't go together.
    """
    return Fault(
        name=name,
        text=text,
        parameters=parameters,
        units=lambda values: [unit(values)],
        strike=strike,
        heal=_struck_out,
    )


def at_unit(name: str) -> Callable[[Values], str]:
    return lambda _: name


def status(text: str) -> int:
    if not (text.isdigit() and 400 <= int(text) <= 599):
        raise ValueError("it is an HTTP status from 400 to 599")
    return int(text)


def offset(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise ValueError("it is seconds, +600 or -600") from None
    if not abs(found) < 10**9:
        raise ValueError("it is seconds, of less than thirty years")
    return found


def _struck_out(_values: Values, _memory: Memory) -> None:
    """The record goes when this has returned."""

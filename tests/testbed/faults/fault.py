"""What a fault is: one thing of the world that breaks when told, and is mended again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from testbed.errors import TestbedError

Values = Mapping[str, Any]  # parameters, read
Memory = Mapping[str, Any]  # what striking found out, as JSON, for whoever heals
# Ends the name of a file beside a fault's own, with the number of calls that it has struck.
STRUCK = ".struck"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """`read` turns the text of KEY=VALUE into a value; its ValueError's text says what is wrong with it.

    `default` is such a text too; None: it must be given.
    """

    name: str
    text: str
    default: str | None = None
    read: Callable[[str], Any] = str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A way to break a part.

    units: those that must run for it to make sense.
    part: what it breaks, in words; a second fault of the same part is refused. None: it has none of its own.
    strike: breaks it, and returns what healing must know. `note` in it is shown to whoever struck.
    heal: mends it, once or again; also after a strike that was killed half way (then there is no memory).
    through_api: healing asks the cluster's API server, so that a fault of that is mended first.
    """

    name: str
    text: str
    parameters: tuple[Parameter, ...] = ()
    units: Callable[[Values], list[str]]
    part: Callable[[Values], str] | None = None
    strike: Callable[[Values], Memory]
    heal: Callable[[Values, Memory], None]
    through_api: bool = False

    def read(self, given: Mapping[str, str]) -> dict[str, Any]:
        """All parameters with their values; TestbedError for one that is unknown, missing or wrong."""
        known = {parameter.name: parameter for parameter in self.parameters}
        usage = f"It takes {', '.join(known) or 'no parameters'}: see ./testbed fault"
        if unknown := sorted(given.keys() - known.keys()):
            raise TestbedError(f"fault {self.name}: there is no parameter {unknown[0]!r}", usage)
        values = {}
        for name, parameter in known.items():
            text = given.get(name, parameter.default)
            if text is None:
                raise TestbedError(f"fault {self.name}: {name} is missing ({parameter.text})", usage)
            try:
                values[name] = parameter.read(text)
            except ValueError as error:
                raise TestbedError(f"fault {self.name}: {name}={text}: {error}", usage) from None
        return values


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"it is one of {', '.join(choices)}")
        return text

    return read


def seconds(text: str) -> float:
    return _number(text, "seconds")


def count(text: str) -> int:
    """0 stands for "until healed"."""
    return int(_number(text, "a number of times"))


def amount(text: str) -> float:
    if not (found := _number(text, "a number")):
        raise ValueError("it is more than 0")
    return found


def _number(text: str, what: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"it is {what}") from None
    if not 0 <= found < float("inf"):
        raise ValueError(f"it is {what}, not less than 0")
    return found

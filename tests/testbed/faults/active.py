"""The faults that are in force: struck by whoever, known to all, until they are healed.

Each is a file in STATE/faults, written before the part is touched: a killed command leaves none unknown.
Those on the wire are nothing but that file: the stand-in servers read it (testbed.aws.faults).
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from testbed import paths, processes, units
from testbed.errors import TestbedError
from testbed.faults.catalogue import FAULTS, find
from testbed.faults.fault import STRUCK


@dataclass(frozen=True, kw_only=True)
class Struck:
    """A fault in force. `by`: the pids of who struck it and of its ancestors, nearest first."""

    id: int
    name: str
    given: Mapping[str, str]
    by: tuple[int, ...]
    memory: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.given.items())])


def strike(name: str, **given: str) -> Struck:
    """Break something. It stays broken until `heal`, whatever becomes of this process.

    Raises TestbedError for an unknown fault, a wrong parameter, or a part that isn't up.
    """
    fault = find(name)
    values = fault.read(given)
    for unit in fault.units(values):
        if units.running(unit) is None:
            raise TestbedError(
                f"fault {name}: {unit} is not up, so it can't be broken", "`./testbed up` starts it."
            )
    if fault.part and (other := _of_part(fault.part(values))):
        raise TestbedError(
            f"fault {name}: {other} is in force already", f"`./testbed heal {other.name}` first."
        )
    with _next_number() as number:
        struck = Struck(id=number, name=name, given=given, by=tuple(ancestry()))
        _write(struck)
    try:
        memory = fault.strike(values)
    except BaseException:
        _heal(struck)
        raise
    if memory:  # or one that has been used up by now would be written down again
        struck = replace(struck, memory=memory)
        _write(struck)
    return struck


def heal(which: Iterable[Struck] | None = None) -> list[Struck]:
    """Mend these faults, or all, the latest first; returns them. One that is healed already is no error.

    Those that need a cluster's API server to be mended come after all that don't.
    """
    given = active() if which is None else which
    healed = sorted(given, key=lambda struck: (FAULTS[struck.name].through_api, -struck.id))
    if errors := [error for struck in healed if (error := _healing_error(struck))]:
        raise errors[0]
    return healed


@contextmanager
def struck(name: str, **given: str) -> Iterator[Struck]:
    """The fault is in force for the block."""
    found = strike(name, **given)
    try:
        yield found
    finally:
        heal([found])


def active() -> list[Struck]:
    """All that are in force, the oldest first."""
    files = sorted((paths.state() / "faults").glob("*.json"), key=lambda file: int(file.stem))
    return [found for file in files if (found := _read(file))]


def mendable() -> list[Struck]:
    """Those whose parts run. Others are mended once these are up again."""

    def runs(struck: Struck) -> bool:
        fault = FAULTS[struck.name]
        return all(units.running(unit) for unit in fault.units(fault.read(struck.given)))

    return [struck for struck in active() if runs(struck)]


def of_process(pid: int) -> list[Struck]:
    """Those that the process struck, itself or by a command that it ran."""
    return [struck for struck in active() if pid in struck.by]


def calls(struck: Struck) -> int:
    """How many calls a fault on the wire has struck so far, those included that it still keeps waiting."""
    try:
        return int(_calls(struck).read_text() or 0)
    except FileNotFoundError:
        return 0


def described(struck: Struck) -> str:
    """With the calls that it has struck, if it is one on the wire that has met any."""
    met = calls(struck)
    return f"{struck}, struck {met} {'call' if met == 1 else 'calls'}" if met else str(struck)


def _of_part(part: str) -> Struck | None:
    for struck in active():
        fault = FAULTS[struck.name]
        if fault.part and fault.part(fault.read(struck.given)) == part:
            return struck
    return None


def _healing_error(struck: Struck) -> TestbedError | None:
    """One that can't be mended doesn't keep the others from it."""
    try:
        _heal(struck)
    except TestbedError as error:
        return error
    return None


def _heal(struck: Struck) -> None:
    fault = FAULTS[struck.name]
    fault.heal(fault.read(struck.given), struck.memory)
    _file(struck).unlink(missing_ok=True)
    _calls(struck).unlink(missing_ok=True)


@contextmanager
def _next_number() -> Iterator[int]:
    """A number that no fault has had, with nobody else adding one."""
    if not paths.state().is_dir():
        raise TestbedError("the testbed is not up", "`./testbed up` first.")
    folder = paths.state() / "faults"
    folder.mkdir(exist_ok=True)
    with (folder / "last").open("a+") as last:
        fcntl.flock(last, fcntl.LOCK_EX)
        last.seek(0)
        number = max([int(last.read() or 0), *(int(file.stem) for file in folder.glob("*.json"))]) + 1
        last.truncate(0)
        last.write(str(number))
        yield number


def _file(struck: Struck) -> Path:
    return paths.state() / "faults" / f"{struck.id}.json"


def _calls(struck: Struck) -> Path:
    return _file(struck).with_suffix(STRUCK)


def _write(struck: Struck) -> None:
    partial = _file(struck).with_suffix(".new")
    partial.write_text(json.dumps(asdict(struck)))
    partial.replace(_file(struck))


def _read(file: Path) -> Struck | None:
    """None for one that has been healed, or used up, since the folder was read."""
    try:
        raw = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    return Struck(**{**raw, "by": tuple(raw["by"])})


def ancestry() -> Iterator[int]:
    """This process's pid, its parent's, and so on."""
    pid: int | None = os.getpid()
    while pid:
        yield pid
        pid = processes.parent(pid)

"""Whole processes on the runner's machine, ours and the peer's alternately."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from testbed.runner_host.machine import Machine

PROBE = (Path(__file__).parent / "probe.py").read_text()
SHOWN_LINES = 15


@dataclass(frozen=True)
class Usage:
    """Of one process with all its children. wall, cpu (user and system): seconds; rss (the peak): MiB."""

    wall: float
    cpu: float
    rss: float


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is run on the machine, as the user `runner`. `env` adds to a login's environment."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str | None = None


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two that are compared. `prepare` comes before each run and isn't measured."""

    name: str
    prepare: Callable[[], Command]


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    ours: Side
    peer: Side


@dataclass(frozen=True, kw_only=True)
class Result:
    case: Case
    ours: Usage
    peer: Usage


class BenchError(Exception):
    """A measured program failed: its figures would mean nothing."""


def compare(machine: Machine, case: Case, runs: int) -> Result:
    """Medians of so many runs each, after one of each that isn't counted."""
    rounds = [(_run(machine, case.ours), _run(machine, case.peer)) for _ in range(runs + 1)][1:]
    return Result(case=case, ours=medians([ours for ours, _ in rounds]), peer=medians([p for _, p in rounds]))


def medians(usages: Sequence[Usage]) -> Usage:
    """Each figure's own median: they need not be of one run."""
    return Usage(
        wall=median(one.wall for one in usages),
        cpu=median(one.cpu for one in usages),
        rss=median(one.rss for one in usages),
    )


def _run(machine: Machine, side: Side) -> Usage:
    command = side.prepare()
    probe = ["python3", "-ISBc", PROBE, *command.argv]
    done = machine.run(
        probe, env=command.env, cwd=command.cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    measured = json.loads(done.stdout) if done.returncode == 0 else {"exit_code": done.returncode}
    if measured.pop("exit_code") != 0:
        last = "\n".join(done.stderr.splitlines()[-SHOWN_LINES:])
        raise BenchError(f"{side.name} failed; its last lines:\n{last}")
    return Usage(**measured)

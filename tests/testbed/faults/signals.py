"""Processes that are there and do nothing: stopped, and set going again."""

import contextlib
import os
import signal
from collections.abc import Iterable

from testbed import processes


def freeze(pids: Iterable[int]) -> None:
    _send(pids, signal.SIGSTOP)


def thaw(pids: Iterable[int]) -> None:
    """No effect on one that runs."""
    _send(pids, signal.SIGCONT)


def frozen(pids: Iterable[int]) -> bool:
    """Whether one of them stands still now."""
    return any(processes.state(pid) == "T" for pid in pids)


def _send(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)

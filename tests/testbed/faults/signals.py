"""Processes that are there and do nothing: stopped, and set going again."""

import contextlib
import os
import signal
from collections.abc import Iterable


def freeze(pids: Iterable[int]) -> None:
    _send(pids, signal.SIGSTOP)


def thaw(pids: Iterable[int]) -> None:
    """No effect on one that runs."""
    _send(pids, signal.SIGCONT)


def _send(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)

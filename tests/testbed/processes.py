"""What /proc says of processes: enough to know ours again, and to see them gone."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def start_time(pid: int) -> str | None:
    """Clock ticks since boot at which the process started (proc(5)); None if it is gone or a zombie.

    Together with the pid it names one process for ever: pids are used again.
    """
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def state(pid: int) -> str:
    """A letter: R runs, S sleeps, T was stopped by a signal… (proc(5)); "" if there is no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def all_pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def namespace(pid: int, kind: str) -> int | None:
    """The inode of a process's namespace: `kind` is net, pid, mnt…"""
    try:
        return (PROC / str(pid) / "ns" / kind).stat().st_ino
    except OSError:
        return None


def children(pid: int) -> list[int]:
    try:
        return [int(p) for p in (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()]
    except OSError:
        return []


def parent(pid: int) -> int | None:
    """The parent's pid; None if there is none, or the process is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]) or None


def in_network_namespaces(inodes: Iterable[int]) -> list[int]:
    """All processes whose network namespace is one of these; never ourselves."""
    wanted = set(inodes)
    return [pid for pid in all_pids() if pid != os.getpid() and namespace(pid, "net") in wanted]


def kill(pids: Iterable[int], seconds: float = 10.0) -> list[int]:
    """SIGKILL them and wait until they are gone; returns those that are still there."""
    alive = {pid: start_time(pid) for pid in pids}
    for pid in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while left := [pid for pid, began in alive.items() if began and start_time(pid) == began]:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.02)
    return []

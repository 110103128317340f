"""A runner does one job at a time: several runs on one host wait for each other, as in GitHub's queue.

https://docs.github.com/en/actions/reference/runners/self-hosted-runners
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT = 0.1


@contextmanager
def runner(work: Path, cancel: threading.Event) -> Iterator[bool]:
    """Hold the work folder; False when cancelled while waiting. The lock dies with the process."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / ".job").open("a") as lock:
        waiting = False
        while not _taken(lock.fileno()):
            if cancel.is_set():
                yield False
                return
            if not waiting:
                print("Waiting for a runner to pick up this job...", flush=True)
            waiting = True
            time.sleep(WAIT)
        yield True


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""One `up` or `down` at a time on a machine: the namespaces' names are the machine's."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed import progress

FILE = Path("/run/lock/eks-actions-testbed.lock")


@contextmanager
def held() -> Iterator[None]:
    """Wait for the lock, and hold it; the kernel lets go of it when the process dies, however it dies."""
    descriptor = _acquire()
    try:
        yield
    finally:
        FILE.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire() -> int:
    FILE.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _wait_for(descriptor)
        # Whoever held it before us has removed the file: then our lock is on a file that nobody sees.
        if FILE.exists() and os.fstat(descriptor).st_ino == FILE.stat().st_ino:
            return descriptor
        os.close(descriptor)


def _wait_for(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with progress.waiting("another `up` or `down` is at work: waiting for it"):
            fcntl.flock(descriptor, fcntl.LOCK_EX)

"""Progress for people, on standard error: one line an event, with the seconds since the program started."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY_SECONDS = 10.0
_started = time.monotonic()
_lock = threading.Lock()


def say(text: str) -> None:
    """Print one line; lines of several threads never mix."""
    with _lock:
        print(f"{time.monotonic() - _started:6.1f}s  {text}", file=sys.stderr, flush=True)


@contextmanager
def waiting(text: str, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Say `text` now and again every so many seconds, for as long as the block takes."""
    begun = time.monotonic()
    done = threading.Event()

    def remind() -> None:
        while not done.wait(every):
            say(f"{text} ({time.monotonic() - begun:.0f} s)")

    say(text)
    reminder = threading.Thread(target=remind, daemon=True)
    reminder.start()
    try:
        yield
    finally:
        done.set()
        reminder.join()

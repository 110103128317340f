"""Events that are set with others: a job ends with its run, but not its run with the job."""

import threading
from pathlib import Path


class LinkedEvent(threading.Event):
    """Set by itself or with another."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()


class MarkedEvent(LinkedEvent):
    """Set also when a file appears, which is how another process sets it."""

    def __init__(self, other: threading.Event, mark: Path) -> None:
        super().__init__(other)
        self._mark = mark

    def is_set(self) -> bool:
        return super().is_set() or self._mark.exists()

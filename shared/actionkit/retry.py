"""Trying again, within a deadline, on a clock that tests can turn."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> float:
        """Seconds on a clock that only goes forward."""

    def utc(self) -> datetime:
        """The wall clock, with its zone."""

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def exponential(first: float, cap: float, *, factor: float = 2.0) -> Callable[[int], float]:
    """Seconds to wait after attempt 1, 2, …: growing, capped, and jittered to between half and all of it."""

    def wait(attempt: int) -> float:
        full = min(cap, first * factor ** (attempt - 1))
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    return wait


def retry(  # noqa: PLR0913 - a call and the five things that bound its repetition
    call: Callable[[], T],
    *,
    clock: Clock,
    deadline: float,
    attempts: int,
    backoff: Callable[[int], float],
    should_retry: Callable[[Exception], bool],
) -> T:
    """`call()`'s value, or its last error once attempts or time are used up or it can't heal.

    `deadline` is in seconds from now; no wait is begun that would end after it.
    """
    end = clock.now() + deadline
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except Exception as error:
            if attempt == attempts or not should_retry(error):
                raise
            wait = backoff(attempt)
            if clock.now() + wait > end:
                raise
        clock.sleep(wait)
    raise ValueError("attempts must be at least 1")

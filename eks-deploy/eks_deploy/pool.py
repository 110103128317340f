"""Requests side by side: as many as the server's fair queueing likes, answers in the order of the
questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Flux's measurements: eight at once is four times as fast as one, and more gains nothing.
# https://github.com/fluxcd/pkg/pull/614
AT_ONCE = 8


def each(items: Sequence[T], call: Callable[[T], R]) -> list[R]:
    """`call` of every item; the first exception is raised once the calls under way have ended.

    Signals arrive here, in the main thread: what hasn't begun then is never begun.
    """
    if len(items) < 2:
        return [call(item) for item in items]
    executor = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(executor.map(call, items))
    finally:
        executor.shutdown(wait=True, cancel_futures=True)

"""A bound on all that a step does, whatever it is waiting for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from actionkit.errors import ActionError

AGAIN_SECONDS = 0.5


class _Over(BaseException):
    """No Exception: nothing that tries again on the way may take it for a failure of its own."""


@contextmanager
def time_limit(seconds: float, name: str) -> Iterator[None]:
    """ActionError once the block has taken `seconds`, which the input `name` gives; 0 is no limit.

    For the main thread, which signals interrupt.
    """
    if not seconds:
        yield
        return

    def over(_number: int, _frame: FrameType | None) -> None:
        raise _Over

    before = signal.signal(signal.SIGALRM, over)
    try:
        # Again and again after the first: one that a finalizer swallows isn't the last.
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)
    except _Over:
        raise ActionError(
            "Out of time",
            f"`{name}` allows {seconds:g} s, and they are over. Nothing was exported.",
            "The log shows what was waited for last. Allow more time, or mend that.",
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

"""Which refusals of STS and of GitHub's token service may heal by waiting, and for how long we wait."""

from collections.abc import Callable
from typing import TypeVar

from actionkit.aws.explain import DENIED, code, is_transient, message
from actionkit.errors import ActionError, IdTokenRefused
from actionkit.retry import Clock, exponential, retry

T = TypeVar("T")
ATTEMPTS = 5
DEADLINE_SECONDS = 60.0
# A role or trust policy made a moment ago takes seconds to be known everywhere. Longer waits would only
# make every real denial slow: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
DENIED_ATTEMPTS = 3
DENIED_WAIT_SECONDS = 2.0


# Whoever gives a number of attempts wants them all, within reason.
LONGEST_SECONDS = 300.0


def patiently(
    call: Callable[[], T], clock: Clock, say: Callable[[str], None], attempts: int | None = None
) -> T:
    """`call()`, tried again for what can heal; `say` tells the log why it takes long.

    `attempts` in all, denials included, where somebody wants another number than what fits each failure.
    """
    waits = _Waits(say, attempts or DENIED_ATTEMPTS)
    return retry(
        call,
        clock=clock,
        deadline=LONGEST_SECONDS if attempts else DEADLINE_SECONDS,
        attempts=attempts or ATTEMPTS,
        backoff=waits.seconds,
        should_retry=waits.may_heal,
    )


class _Waits:
    def __init__(self, say: Callable[[str], None], denied_attempts: int) -> None:
        self._say = say
        self._denied_attempts = denied_attempts
        self._denials = 0
        self._last_was_denial = False
        self._reason = ""
        self._transient = exponential(1.0, 8.0)

    def may_heal(self, error: Exception) -> bool:
        self._last_was_denial = code(error) in DENIED
        self._denials += self._last_was_denial
        if self._last_was_denial:
            heals = self._denials < self._denied_attempts
        elif isinstance(error, IdTokenRefused):
            heals = error.transient
        else:
            heals = is_transient(error) or issuer_unreachable(error)
        self._reason = code(error) or (
            error.title if isinstance(error, ActionError) else type(error).__name__
        )
        return heals

    def seconds(self, attempt: int) -> float:
        wait = DENIED_WAIT_SECONDS if self._last_was_denial else self._transient(attempt)
        new = ", because a new role or policy takes seconds to be known" if self._last_was_denial else ""
        self._say(f"Not yet ({self._reason}). Trying again in {wait:.1f} s{new}.")
        return wait


def issuer_unreachable(error: Exception) -> bool:
    """AWS couldn't ask GitHub for its keys; common when many jobs start at once, and soon over."""
    return code(error) == "IDPCommunicationError" or "verification key" in message(error)

import signal
import threading

import pytest

from actionkit.errors import ActionError
from actionkit.time_limit import time_limit


def test_what_takes_longer_is_broken_off_and_no_exception_handler_on_the_way_keeps_it() -> None:
    def stubborn() -> None:
        try:
            threading.Event().wait(30)
        except Exception:  # noqa: BLE001 - as a library would
            threading.Event().wait(30)

    with (
        pytest.raises(ActionError, match=r"`action-timeout-s` allows 0\.2 s"),
        time_limit(0.2, "action-timeout-s"),
    ):
        stubborn()


@pytest.mark.parametrize("seconds", [0, 60])
def test_what_ends_in_time_leaves_no_alarm_behind(seconds: int) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(seconds, "action-timeout-s"):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_an_error_of_the_block_is_its_own() -> None:
    with pytest.raises(KeyError), time_limit(60, "x"):
        raise KeyError

from collections.abc import Callable

import pytest

from actionkit.retry import SystemClock, exponential, retry
from fakes import FakeClock


def failing(times: int) -> Callable[[], str]:
    left = iter(range(times))

    def call() -> str:
        if next(left, None) is not None:
            raise OSError("not yet")
        return "done"

    return call


def attempt(call: Callable[[], str], clock: FakeClock, *, heals: bool = True, deadline: float = 100) -> str:
    return retry(
        call,
        clock=clock,
        deadline=deadline,
        attempts=4,
        backoff=lambda number: 10.0 * number,
        should_retry=lambda _: heals,
    )


def test_it_waits_between_tries_and_gives_the_value() -> None:
    clock = FakeClock()
    assert attempt(failing(2), clock) == "done"
    assert clock.sleeps == [10, 20]


@pytest.mark.parametrize(
    ("failures", "heals", "deadline", "sleeps"),
    [(9, True, 100, [10, 20, 30]), (9, False, 100, []), (9, True, 25, [10])],
    ids=["attempts used up", "can't heal", "the next wait would pass the deadline"],
)
def test_it_ends_with_the_last_error(
    failures: int, heals: bool, deadline: float, sleeps: list[float]
) -> None:
    clock = FakeClock()
    with pytest.raises(OSError, match="not yet"):
        attempt(failing(failures), clock, heals=heals, deadline=deadline)
    assert clock.sleeps == sleeps


def test_exponential_grows_to_its_cap_with_jitter() -> None:
    wait = exponential(1.0, 8.0)
    for number, full in [(1, 1), (2, 2), (3, 4), (4, 8), (9, 8)]:
        assert full / 2 <= wait(number) <= full


def test_the_systems_clock_goes_forward() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)
    assert clock.now() > before
    assert clock.utc().utcoffset() is not None

"""Failures on order: AWS's throttling, outages and slow answers, for the tests of retries and timeouts."""

import itertools
import threading
import time
from dataclasses import dataclass, field

from testbed.aws.errors import AwsError


@dataclass
class Order:
    """code "" delays only; operation is service:Operation; times 0 is until removed."""

    operation: str
    code: str = ""
    message: str = ""
    status: int = 400
    times: int = 1
    delay: float = 0.0  # seconds
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.times


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[int, Order] = {}
        self._ids = itertools.count(1)

    def add(self, order: Order) -> int:
        """The order's id."""
        with self._lock:
            number = next(self._ids)
            self._orders[number] = order
            return number

    def remove(self, number: int) -> bool:
        """False: it was used up, or never there."""
        with self._lock:
            return self._orders.pop(number, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    def strike(self, action: str) -> None:
        """Raises what was ordered for this call, if anything was; each order is used up after its times."""
        order = self._take(action)
        if order is None:
            return
        time.sleep(order.delay)
        if order.code:
            raise AwsError(order.code, order.message, order.status)

    def _take(self, action: str) -> Order | None:
        with self._lock:
            found = next((pair for pair in self._orders.items() if pair[1].operation == action), None)
            if found is None:
                return None
            number, order = found
            order.left -= 1
            if order.times and order.left <= 0:
                del self._orders[number]
            return order

"""Failures on order: AWS's throttling, outages and slow answers, for the tests of retries and timeouts."""

import threading
import time
from dataclasses import dataclass

from testbed.aws.errors import AwsError


@dataclass
class Fault:
    """code "" delays only; operation is service:Operation."""

    operation: str
    code: str = ""
    message: str = ""
    status: int = 400
    times: int = 1
    delay: float = 0.0  # seconds


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def strike(self, action: str) -> None:
        """Raises what was ordered for this call, if anything was; each order is used up after its times."""
        with self._lock:
            fault = next((f for f in self._faults if f.operation == action), None)
            if fault is None:
                return
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        time.sleep(fault.delay)
        if fault.code:
            raise AwsError(fault.code, fault.message, fault.status)

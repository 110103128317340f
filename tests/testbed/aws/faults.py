"""The faults on the wire that are in force, and whether a call is one that they strike.

They are read from STATE/faults, where `./testbed fault` and tests write them down (testbed.faults.active).
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from testbed.faults.fault import STRUCK, Fault, Values

WAITING = ("slow", "hang")  # the call goes on after these, and may meet another


@dataclass
class Order:
    """One fault in force, and how many calls it has met: `calls` it was for, `struck` it has struck."""

    id: int
    name: str
    values: Values
    calls: int = 0
    struck: int = 0

    @property
    def family(self) -> str:
        return self.name.partition("-")[0]

    @property
    def deed(self) -> str:
        return self.name.partition("-")[2]

    @property
    def used_up(self) -> bool:
        times: int = self.values.get("times", 0)
        return 0 < times <= self.struck

    def met(self) -> bool:
        """Count a call that it is for; whether it strikes that."""
        self.calls += 1
        strikes = self.calls >= self.values.get("after", 1) and not self.used_up
        self.struck += strikes
        return strikes


class Faults:
    """Those of `kinds`; others are none of this server's business. Thread-safe."""

    def __init__(self, folder: Path, kinds: Iterable[Fault]) -> None:
        self._folder = folder
        self._kinds = {fault.name: fault for fault in kinds}
        self._lock = threading.Lock()
        self._orders: dict[int, Order | None] = {}

    def strike(self, is_for: Callable[[Order], bool]) -> list[Order]:
        """Those that strike this call, in the order of their striking; the last may be one that ends it."""
        found: list[Order] = []
        with self._lock:
            for order in self._in_force():
                if is_for(order) and order.met():
                    found.append(order)
                    self._file(order, STRUCK).write_text(str(order.struck))
                    if order.deed not in WAITING:
                        break
        return found

    def spent(self, orders: Iterable[Order]) -> None:
        """They have done with a call: what had a number of times, and has struck so often, is healed."""
        for order in orders:
            if order.used_up:
                self._file(order).unlink(missing_ok=True)
                self._file(order, STRUCK).unlink(missing_ok=True)

    def lasts(self, order: Order) -> bool:
        return self._file(order).exists()

    def offset(self, name: str) -> float:
        """By how many seconds a clock is wrong."""
        with self._lock:
            return sum(float(order.values["offset"]) for order in self._in_force() if order.name == name)

    def _in_force(self) -> list[Order]:
        try:
            files = list(self._folder.glob("*.json"))
        except FileNotFoundError:
            files = []
        numbers = {int(file.stem) for file in files}
        known = {number: order for number, order in self._orders.items() if number in numbers}
        for number in sorted(numbers - known.keys()):
            with contextlib.suppress(FileNotFoundError):
                known[number] = self._read(number)
        self._orders = known
        return [order for _, order in sorted(known.items()) if order]

    def _read(self, number: int) -> Order | None:
        raw = json.loads((self._folder / f"{number}.json").read_text())
        kind = self._kinds.get(raw["name"])
        return Order(number, kind.name, kind.read(raw["given"])) if kind else None

    def _file(self, order: Order, suffix: str = ".json") -> Path:
        return self._folder / f"{order.id}{suffix}"

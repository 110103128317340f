"""When `on: schedule` starts a workflow: POSIX cron with five fields, and names of months and days.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
https://github.com/actions/languageservices/blob/main/workflow-parser/src/model/converter/cron.ts
"""

import re
from dataclasses import dataclass, field

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
MONTHS = {name: number for number, name in enumerate(_MONTHS.split(), start=1)}
_DAYS = "sun mon tue wed thu fri sat"
DAYS = {name: number for number, name in enumerate(_DAYS.split())}


@dataclass(frozen=True)
class Field:
    name: str
    first: int
    last: int
    names: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int | None:
        value = self.names.get(text.lower())
        if value is None and re.fullmatch(r"\d{1,2}", text):
            value = int(text)
        return value if value is not None and self.first <= value <= self.last else None

    def allows(self, text: str) -> bool:
        return all(self._part(part) for part in text.split(","))

    def _part(self, text: str) -> bool:
        values, slash, step = text.partition("/")
        if slash and not (step.isdecimal() and 0 < int(step) <= self.last):
            return False
        if values == "*":
            return True
        first, dash, last = values.partition("-")
        low, high = self.number(first), self.number(last if dash else first)
        return low is not None and high is not None and low <= high


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 0, 6, DAYS),
)


def problem(cron: str) -> str:
    """What is wrong, or nothing."""
    parts = cron.split()
    if len(parts) != len(FIELDS):
        return f"it has {len(parts)} fields, not 5 (minute, hour, day of the month, month, day of the week)"
    for which, text in zip(FIELDS, parts, strict=True):
        if not which.allows(text):
            return f"'{text}' is no {which.name} ({which.first} to {which.last}, *, lists, ranges, steps)"
    return ""

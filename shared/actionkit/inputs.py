"""The runner's strings into typed values; all problems at once, so that a workflow is mended in one go."""

import csv
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from actionkit.errors import ActionError, InvalidInputs

VARIABLE = "ACTION_INPUTS"
# One environment string ends at 128 KiB (Linux's MAX_ARG_STRLEN), where the runner fails with no good word.
TOTAL_BYTES = 64 * 1024
TRUE = {"true", "True", "TRUE"}
FALSE = {"false", "False", "FALSE"}
UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def raw(environ: Mapping[str, str], *, container: bool = False) -> dict[str, str]:
    """Input name (lower case, as in action.yml) to value.

    A container reads INPUT_* only, which the runner always sets; a job's `env:` could set anything else.
    """
    if container or VARIABLE not in environ:
        found = {
            key.removeprefix("INPUT_").lower(): value
            for key, value in environ.items()
            if key.startswith("INPUT_")
        }
    else:
        found = _parse(environ[VARIABLE])
    _require_small(found)
    return found


def _parse(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ActionError(
            "The action's inputs are unreadable",
            f"The variable {VARIABLE} isn't the JSON object that action.yml makes of the inputs.",
            "Use the action by `uses:` as released: its action.yml sets the variable.",
        )
    return {str(name).lower(): "" if value is None else str(value) for name, value in document.items()}


def _require_small(found: Mapping[str, str]) -> None:
    sizes = {name: len(value.encode()) for name, value in found.items()}
    if sum(sizes.values()) <= TOTAL_BYTES:
        return
    largest = max(sizes, key=lambda name: sizes[name])
    problem = ActionError(
        f"Input `{largest}` is too large",
        f"All inputs together are {sum(sizes.values()) // 1024} KiB, of which `{largest}` is "
        f"{sizes[largest] // 1024} KiB; {TOTAL_BYTES // 1024} KiB is the limit.",
        "Write the text to a file in an earlier step and name the file.",
    )
    raise InvalidInputs([problem])


class Reader:
    """Each method gives a usable value and records a problem instead of raising; `finish` raises them all.

    `known` are the names in action.yml. `former` are names that a comparable action has and this one does
    without: name to what to do instead; they become `warnings`.
    """

    def __init__(
        self,
        raw: Mapping[str, str],
        known: frozenset[str],
        former: Mapping[str, str] | None = None,
    ) -> None:
        self._raw = raw
        self._known = known
        self._problems: list[ActionError] = []
        self.warnings: list[str] = []
        for name in raw:
            if name not in known:
                self._not_an_input(name, former or {})

    def text(self, name: str) -> str:
        if name not in self._known:
            raise KeyError(f"{name} is not in action.yml")
        return self._raw.get(name, "").strip()

    def required(self, name: str) -> str:
        if not (value := self.text(name)):
            self.problem(name, "is required and empty", "Give it in the step's `with:`.")
        return value

    def boolean(self, name: str, *, default: bool | None = None) -> bool:
        """`default` is what an empty input means, for inputs that the environment may give as well."""
        value = self.text(name)
        if not value and default is not None:
            return default
        if value not in TRUE | FALSE:
            self.problem(name, f"is {_shown(value)}", "Write `true` or `false`.")
        return value in TRUE

    def integer(self, name: str, minimum: int, maximum: int, *, default: int | None = None) -> int:
        """`default` as for `boolean`."""
        value = self.text(name)
        if not value and default is not None:
            return default
        if not re.fullmatch(r"-?[0-9]+", value) or not minimum <= int(value) <= maximum:
            self.problem(
                name, f"is {_shown(value)}", f"Write a whole number from {minimum} to {maximum}, digits only."
            )
            return minimum
        return int(value)

    def choice(self, name: str, allowed: Sequence[str], *, default: str = "") -> str:
        """`default` as for `boolean`."""
        value = self.text(name) or default
        if value in allowed:
            return value
        near = difflib.get_close_matches(value.lower(), allowed, n=1)
        guess = f" Perhaps you meant `{near[0]}`." if near else ""
        self.problem(name, f"is {_shown(value)}", f"It takes {', '.join(f'`{a}`' for a in allowed)}.{guess}")
        return allowed[0]

    def matching(self, name: str, pattern: str, what: str) -> str:
        """Empty, or text of which all matches `pattern`; `what` says in words what is expected."""
        value = self.text(name)
        if value and not re.fullmatch(pattern, value):
            self.problem(name, f"is {_shown(value)}", f"It takes {what}.")
            return ""
        return value

    def lines(self, name: str) -> tuple[str, ...]:
        """One value a line; blank lines are left out."""
        return tuple(line.strip() for line in self.text(name).splitlines() if line.strip())

    def csv_lines(self, name: str) -> tuple[str, ...]:
        """Newline- and comma-separated values, quoted as docker's actions take them: `"a,b"` is one."""
        rows = csv.reader(self.text(name).splitlines(), skipinitialspace=True)
        return tuple(field.strip() for row in rows for field in row if field.strip())

    def pairs(self, name: str) -> dict[str, str]:
        """`key=value` lines, in order; the value may be empty and may hold `=`."""
        found: dict[str, str] = {}
        for line in self.lines(name):
            key, equals, value = line.partition("=")
            if not equals or not key.strip():
                self.problem(name, f"has the line {_shown(line)}", "Write one `key=value` a line.")
            elif key.strip() in found:
                self.problem(name, f"has `{key.strip()}` twice", "Leave one of the two out.")
            else:
                found[key.strip()] = value.strip()
        return found

    def duration(self, name: str) -> int:
        """Seconds from `90s`, `10m`, `1h30m` or a bare number of seconds."""
        value = self.text(name)
        if re.fullmatch(r"[0-9]+|([0-9]+[smh])+", value):
            return sum(
                int(number) * UNIT_SECONDS[unit] for number, unit in re.findall(r"([0-9]+)([smh]?)", value)
            )
        self.problem(name, f"is {_shown(value)}", "Write a time such as `90s`, `10m` or `1h30m`.")
        return 0

    def path(self, name: str) -> Path | None:
        """A path as written, or None where the input is empty. The caller knows what it is relative to."""
        value = self.text(name)
        if "\n" in value or "\0" in value:
            self.problem(name, "has more than one line", "Name one path.")
            return None
        return Path(value) if value else None

    def problem(self, name: str, what: str, hint: str) -> None:
        """Record that input `name` `what` ("is …", "has …"); for rules across inputs too."""
        self._problems.append(ActionError(f"Input `{name}`", f"`{name}` {what}.", hint))

    def finish(self) -> None:
        if self._problems:
            raise InvalidInputs(self._problems)

    def _not_an_input(self, name: str, former: Mapping[str, str]) -> None:
        if name in former:
            self.warnings.append(f"The input `{name}` has no effect here. {former[name]}")
            return
        near = difflib.get_close_matches(name, self._known, n=1, cutoff=0.6)
        guess = f"Perhaps you meant `{near[0]}`. " if near else ""
        self.problem(name, "is not an input of this action", f"{guess}The README lists the inputs.")


def _shown(value: str) -> str:
    if not value:
        return "empty"
    flat = " ".join(value.split())
    return f"`{flat if len(flat) <= 80 else flat[:79] + '…'}`"

"""docs/reliability.md from what `make soak` noted of each case."""

import json
from typing import Any

from actionkit import markdown
from e2e.kill import HOWS
from e2e.kill_phases import PHASES
from tools.paths import ROOT

NOTES = ROOT / "build" / "kill-matrix.jsonl"
DOCUMENT = ROOT / "docs" / "reliability.md"
HEADER = ("action", "phase", "ended by", "over after, s", "what the log says")


def main() -> None:
    rows = sorted(map(json.loads, NOTES.read_text().splitlines()), key=_place)
    introduction = (ROOT / "tests/e2e/reliability.md").read_text()
    DOCUMENT.write_text(f"{introduction}\n{markdown.table(HEADER, map(_row, rows))}")


def _place(row: dict[str, Any]) -> tuple[int, int]:
    phases = [(phase.action, phase.name) for phase in PHASES]
    return phases.index((row["action"], row["phase"])), HOWS.index(row["how"])


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    said = row["said"][0].partition("\n")[0].removeprefix(": ") if row["said"] else ""
    return row["action"], row["phase"], row["how"], f"{row['seconds']:.1f}", markdown.escape(said)


if __name__ == "__main__":
    main()

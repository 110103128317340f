"""The job's log: masked, kept as the runner writes it, and shown as GitHub's page shows it."""

import sys
from pathlib import Path
from typing import TextIO

from .masking import Masker

LABELS = {"##[error]": "Error: ", "##[warning]": "Warning: ", "##[notice]": "Notice: ", "##[command]": ""}


class Log:
    def __init__(self, file: Path, masker: Masker, shown_on: TextIO | None = None) -> None:
        self._file = file.open("w", encoding="utf-8")
        self._masker = masker
        self._out = shown_on or sys.stdout
        self._in_group = False

    def write(self, text: str) -> None:
        """One message; a message of several lines becomes several lines of the log."""
        for line in self._masker.mask(text).split("\n"):
            self._file.write(line + "\n")
            self._show(line)
        self._file.flush()
        self._out.flush()

    def close(self) -> None:
        self._file.close()

    def _show(self, line: str) -> None:
        if line.startswith("##[group]"):
            self._in_group = True
            self._out.write(f"▼ {line.removeprefix('##[group]')}\n")
        elif line.startswith("##[endgroup]"):
            self._in_group = False
        else:
            label = next((label for label in LABELS if line.startswith(label)), "")
            shown = LABELS[label] + line.removeprefix(label) if label else line
            self._out.write(f"{'    ' if self._in_group else ''}{shown}\n")

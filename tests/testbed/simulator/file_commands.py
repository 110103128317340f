"""The files through which a step speaks to the runner: GITHUB_OUTPUT, GITHUB_ENV and the others.

https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
"""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from .errors import StepFailure

PREFIXES = {  # github context name -> file prefix; the order in which the runner reads them
    "path": "add_path_",
    "env": "set_env_",
    "step_summary": "step_summary_",
    "state": "save_state_",
    "output": "set_output_",
}
KINDS = {"env": "environment variable", "output": "output", "state": "state"}
SUMMARY_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class FileSet:
    """One step's files; a nested step has its own."""

    paths: dict[str, Path]

    @classmethod
    def create(cls, folder: Path) -> "FileSet":
        folder.mkdir(parents=True, exist_ok=True)
        suffix = uuid.uuid4()
        paths = {name: folder / f"{prefix}{suffix}" for name, prefix in PREFIXES.items()}
        for path in paths.values():
            path.touch()
        return cls(paths)

    def read(self, name: str) -> str:
        """The text, or nothing where the step removed the file."""
        try:
            return self.paths[name].read_text(encoding="utf-8-sig", errors="replace")
        except FileNotFoundError:
            return ""

    def remove(self) -> None:
        for path in self.paths.values():
            if path.exists() and os.access(path.parent, os.W_OK):
                path.unlink()


def pairs(text: str, kind: str) -> list[tuple[str, str]]:
    """NAME=VALUE lines and NAME<<DELIMITER blocks; the first line that is the delimiter ends a block.

    Raises StepFailure for a malformed file.
    """
    found: list[tuple[str, str]] = []
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            _require(name, f"Invalid format '{line}'. Name must not be empty")
            found.append((name, value))
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            message = f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty"
            _require(name and delimiter, message)
            if delimiter not in lines[at:]:
                raise StepFailure(f"Invalid value. Matching delimiter not found '{delimiter}'")
            end = lines.index(delimiter, at)
            found.append((name, "\n".join(lines[at:end])))
            at = end + 1
        else:
            raise StepFailure(f"Invalid {kind} format '{line}'")
    return found


def _require(value: str, message: str) -> None:
    if not value:
        raise StepFailure(message)

"""The `manifests` input into files: files, folders and globs, in the workspace or anywhere the runner
mounts.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import Path

EXTENSIONS = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a path of the job is in this process: pairs of (path on the runner, path here), longest first."""

    workspace: Path
    mapped: tuple[tuple[str, str], ...]

    def here(self, written: str) -> Path:
        for outside, inside in self.mapped:
            if written == outside or written.startswith(outside.rstrip("/") + "/"):
                return Path(inside + written[len(outside.rstrip("/")) :])
        return self.workspace / written

    def shown(self, path: Path) -> str:
        """Relative to the workspace where it is inside: what annotations need to find the file."""
        return str(path.relative_to(self.workspace)) if path.is_relative_to(self.workspace) else str(path)

    def leads_out(self, path: Path) -> bool:
        """Whether a link makes a path in the workspace one that isn't.

        The container reads as root, and a link is as easily committed as a file.
        """
        written = Path(os.path.normpath(path))
        return written.is_relative_to(self.workspace) and not path.resolve().is_relative_to(
            self.workspace.resolve()
        )


@dataclass(kw_only=True)
class Sources:
    """The files in the order in which the input names them, each once, and (line of input, message, hint)."""

    files: list[Path] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)


def find(lines: tuple[str, ...], places: Places) -> Sources:
    sources = Sources()
    for line in lines:
        for path in _expand(line, places, sources):
            if places.leads_out(path):
                what = f"{places.shown(path)} is a link that leads out of the workspace."
                sources.problems.append((line, what, "Commit the file itself."))
            elif path not in sources.files:
                sources.files.append(path)
    return sources


def _expand(line: str, places: Places, sources: Sources) -> list[Path]:
    if "://" in line:
        sources.problems.append(
            (line, "URLs aren't read.", "Fetch the file in a step before, and pin what you fetch.")
        )
        return []
    path = places.here(line)
    if path.is_dir():
        return _folder(line, path, sources)
    if path.is_file():
        return [path]
    found = _glob(path) if has_magic(line) else []
    if not found:
        what = "No file matches this pattern." if has_magic(line) else "There is no such file or folder."
        sources.problems.append((line, what, _missing_hint(places)))
    return found


def _folder(line: str, path: Path, sources: Sources) -> list[Path]:
    """Every manifest below it: a file that is silently left out is the worse surprise (kubectl needs
    `-R`).
    """
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in EXTENSIONS and p.is_file())
    if not found:
        sources.problems.append(
            (line, "The folder has no .yaml, .yml or .json file.", "Name the right folder.")
        )
    return found


def _glob(path: Path) -> list[Path]:
    anchor = Path(path.anchor or ".")
    return sorted(p for p in anchor.glob(str(path.relative_to(anchor))) if p.is_file())


def _missing_hint(places: Places) -> str:
    if not any(places.workspace.iterdir()):
        return (
            "The workspace is empty: does the job check out the repository (actions/checkout) before "
            "this step?"
        )
    return "Paths are relative to the workspace (the repository's root), not to the step's working directory."

"""The Dockerfile of a build whose context is a folder: found, or missed with what was found instead."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from actionkit.errors import ActionError
from build_push import ecr_host

_NAMES = ("dockerfile", "containerfile")
_SKIPPED = frozenset({".git", "node_modules", ".venv", "vendor"})
_DEEPEST = 2
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """`name` is the path to show: in the workspace if it is there."""

    path: Path
    name: str


def find(workspace: Path, context: str, file: str) -> Dockerfile:
    """The Dockerfile that buildx would read; raises ActionError if it or the context isn't there.

    As for docker, `file` is relative to where the command runs, and without it the file is the context's
    `Dockerfile`.
    """
    folder = workspace / context
    if not folder.is_dir():
        raise ActionError(
            "The build's context doesn't exist",
            f"The input `context` is `{context}`, and there is no folder {folder}.",
            _advice(workspace),
        )
    path = workspace / file if file else folder / "Dockerfile"
    if not path.is_file():
        raise _missing(workspace, folder, path, file)
    return Dockerfile(path=path, name=_shown(path, workspace))


def registries(text: str, build_args: Iterable[str]) -> tuple[ecr_host.EcrHost, ...]:
    """The private registries that a Dockerfile's instructions take images from, `FROM $BASE` included."""
    instructions = re.findall(r"^[ \t]*(?:FROM|ARG|COPY)\s.*$", text, re.IGNORECASE | re.MULTILINE)
    return ecr_host.hosts_in("\n".join([*instructions, *build_args]))


def _missing(workspace: Path, folder: Path, path: Path, file: str) -> ActionError:
    candidates = [_shown(found, workspace) for found in _candidates(folder)]
    message = f"Looked for {path}"
    message += f" (the input `file`, `{file}`)." if file else " (no `file` is given)."
    if candidates:
        hint = f"Set `file` to one that is there: {', '.join(f'`{each}`' for each in candidates[:_SHOWN])}."
        if file and _shown(folder / file, workspace) in candidates:
            hint = f"`file` is relative to the workspace, not to `context`: {hint}"
    else:
        hint = f"There is no Dockerfile in {folder} either. {_advice(workspace)}"
    return ActionError("The Dockerfile doesn't exist", message, hint)


def _advice(workspace: Path) -> str:
    if (workspace / ".git").exists():
        return f"Paths are relative to the workspace, {workspace}."
    return "The workspace holds no checkout: run actions/checkout before this step."


def _candidates(folder: Path) -> list[Path]:
    found = []
    for parent, folders, files in os.walk(folder):
        depth = len(Path(parent).relative_to(folder).parts)
        folders[:] = sorted(set(folders) - _SKIPPED) if depth < _DEEPEST else []
        found += [Path(parent, name) for name in sorted(files) if _looks_like_dockerfile(name)]
    return sorted(found, key=lambda path: len(path.parts))


def _looks_like_dockerfile(file: str) -> bool:
    name = file.lower()
    if name.endswith(".dockerignore"):
        return False
    return name.startswith(_NAMES) or name.endswith(tuple(f".{each}" for each in _NAMES))


def _shown(path: Path, workspace: Path) -> str:
    # Not `resolve`: a link inside the workspace is shown as the user wrote it.
    normal = Path(*[part for part in path.parts if part != "."])
    return str(normal.relative_to(workspace)) if normal.is_relative_to(workspace) else str(normal)

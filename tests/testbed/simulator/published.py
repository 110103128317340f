"""Workflow files of repositories, as GitHub finds them: of a commit, a branch or a tag.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_iduses
Looked for in the bare repositories that stand for GitHub, then in the release trees where `uses` of a step
finds actions: a release carries both.
"""

import hashlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .config import Config

FOLDER = ".github/workflows"


@dataclass(frozen=True)
class Source:
    """A workflow file, and the commit it is of: what the job context and the ID token tell of it."""

    repository: str
    path: str
    ref: str  # refs/heads/main, refs/tags/v1 or a commit's hash
    sha: str

    @property
    def name(self) -> str:
        return f"{self.repository}/{self.path}@{self.ref}"

    def sibling(self, path: str) -> "Source":
        return Source(self.repository, path, self.ref, self.sha)


def find(config: Config, repository: str, path: str, ref: str) -> Source | None:
    """A tag comes before a branch of the same name; only whole hashes are taken for commits."""
    bare = config.github / f"{repository}.git"
    candidates = [ref] if ref.startswith("refs/") else [f"refs/tags/{ref}", f"refs/heads/{ref}"]
    if re.fullmatch("[0-9a-f]{40}", ref):
        candidates.append(ref)
    for candidate in candidates if bare.is_dir() else ():
        commit = _git(bare, "rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}")
        if commit is not None:
            return Source(repository, path, candidate, commit.strip())
    if _tree(config, repository, ref).is_dir():
        return Source(repository, path, f"refs/tags/{ref}", _digest(config, repository, path, ref))
    return None


def text(config: Config, source: Source) -> str | None:
    """The file; None if the commit has none of this name."""
    bare = config.github / f"{source.repository}.git"
    found = _git(bare, "show", f"{source.sha}:{source.path}") if bare.is_dir() else None
    if found is not None:
        return found
    file = _tree(config, source.repository, source.ref.removeprefix("refs/tags/")) / source.path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def names(config: Config, source: Source) -> list[str]:
    """The workflow files that there are, for an error's sake."""
    bare = config.github / f"{source.repository}.git"
    listed = _git(bare, "ls-tree", "--name-only", source.sha, f"{FOLDER}/") if bare.is_dir() else None
    if listed:
        return [Path(line).name for line in listed.splitlines()]
    folder = _tree(config, source.repository, source.ref.removeprefix("refs/tags/")) / FOLDER
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


def _tree(config: Config, repository: str, ref: str) -> Path:
    return config.actions / repository / ref


def _digest(config: Config, repository: str, path: str, ref: str) -> str:
    """A release tree is of no commit: the file's own hash stands for one."""
    file = _tree(config, repository, ref) / path
    content = file.read_bytes() if file.is_file() else b""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _git(bare: Path, *arguments: str) -> str | None:
    """The repository belongs to another user."""
    command = ["git", "-c", "safe.directory=*", "--git-dir", str(bare), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode else done.stdout

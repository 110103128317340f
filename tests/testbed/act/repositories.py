"""What `uses:` names of other repositories, as folders: act would clone it from github.com.

Looked for where the simulator looks: release trees first, then the published repositories.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from testbed.act.prepare import git
from testbed.simulator.config import Config

REMOTE = re.compile(r"([^/@\s.][^/@\s]*/[^/@\s]+)(?:/([^@\s]*))?@(\S+)")
WORKFLOWS = ".github/workflows/"


class Repositories:
    """`found` are OWNER/REPO@REF and where it is; `workflows` all that take part in the run."""

    def __init__(self, config: Config, own: Path, target: Path) -> None:
        self.found: dict[str, Path] = {}
        self.workflows: list[Any] = []
        self._config = config
        self._own = own
        self._target = target

    def read(self, file: Path, repository: Path | None = None) -> None:
        """A workflow, with those that it calls; a `./` in it is of the repository that it is in."""
        workflow = _load(file)
        if workflow is None:
            return  # act says what is wrong with it
        self.workflows.append(workflow)
        for uses in _uses(workflow):
            if uses.startswith("./"):
                self._follow((repository or self._own) / uses)
            elif remote := REMOTE.fullmatch(uses):
                self._fetch(remote[1], remote[2] or "", remote[3])

    def _fetch(self, name: str, path: str, ref: str) -> None:
        key = f"{name}@{ref}"
        folder = self.found.get(key) or self._folder(name, ref)
        if folder is None:
            return  # act says that it can't get it
        self.found[key] = folder
        self._follow(folder / path, folder)

    def _follow(self, file: Path, repository: Path | None = None) -> None:
        known = len(self.workflows) > 50  # a circle: act says so
        if WORKFLOWS in str(file) and file.is_file() and not known:
            self.read(file, repository)

    def _folder(self, name: str, ref: str) -> Path | None:
        released = self._config.actions / name / ref
        return released if released.is_dir() else self._of_commit(name, ref)

    def _of_commit(self, name: str, ref: str) -> Path | None:
        bare = self._config.github / f"{name}.git"
        for candidate in (f"refs/tags/{ref}", f"refs/heads/{ref}", ref) if bare.is_dir() else ():
            archive = git("-C", str(bare), "archive", candidate)
            if archive.returncode == 0:
                folder = self._target / name / ref
                folder.mkdir(parents=True)
                subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
                return folder
        return None


def _load(file: Path) -> Any:
    """All scalars as they are written; None if it has no jobs."""
    try:
        workflow = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
    except (OSError, UnicodeError, yaml.YAMLError):
        return None
    jobs = workflow.get("jobs") if isinstance(workflow, dict) else None
    sound = isinstance(jobs, dict) and all(isinstance(job, dict) for job in jobs.values())
    return workflow if sound else None


def _uses(workflow: Any) -> Iterator[str]:
    for job in workflow["jobs"].values():
        steps = job.get("steps")
        for one in (job, *(steps if isinstance(steps, list) else ())):
            if isinstance(one, dict) and isinstance(one.get("uses"), str):
                yield one["uses"]

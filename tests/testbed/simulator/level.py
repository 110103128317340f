"""What the jobs of one workflow run with: the run's own workflow, or one that a job of it calls."""

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import github_context
from .config import Config
from .groups import Groups
from .jobs import Job
from .results import JobResult, Label
from .workflow import Workflow

TOP = "top level workflow"


@dataclass(frozen=True, kw_only=True)
class Shared:
    """By all jobs of a run."""

    config: Config
    title: str  # github.workflow: always that of the run's own workflow
    folder: Path
    groups: Groups
    force: threading.Event  # ends also what starts although the run is cancelled
    results: list[JobResult] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Level:
    shared: Shared
    workflow: Workflow
    inputs: dict[str, Any]
    secrets: dict[str, str]
    cancel: threading.Event
    caller: Label | None = None  # the job that calls the workflow
    held: dict[str, str] = field(default_factory=dict)  # concurrency group, in lower case -> who holds it

    def contexts(self) -> dict[str, Any]:
        """What can be known before a job has a runner; its token is none that is worth anything."""
        config = self.shared.config
        token = f"ghs_{secrets.token_hex(18)}"
        return {
            "github": github_context.create(config, self.shared.title, ""),
            "inputs": self.inputs,
            "vars": config.variables,
            "secrets": {**self.secrets, "GITHUB_TOKEN": token},
        }

    def label(self, job: Job) -> Label:
        """Of a job whose matrix isn't known: the name is shown as the file has it."""
        return Label(job.id, job.name.source if job.name else job.id, job.id).inside(self.caller)


@dataclass(frozen=True)
class Outcome:
    """Of a job, or of a workflow that a job calls, as `needs` shows it."""

    result: str  # success, failure, cancelled or skipped; after continue-on-error
    outputs: dict[str, str] = field(default_factory=dict)


def combined(results: list[str]) -> str:
    """Of the legs of a matrix, or the jobs of a called workflow."""
    order = ("failure", "cancelled", "success", "skipped")
    return next((one for one in order if one in results), "skipped")

"""The state of a running job, and of each step in it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .config import Config
from .expressions.evaluate import Scope
from .expressions.values import CaseSensitive
from .log import Log
from .masking import Masker
from .results import Annotation, StepResult
from .steps import Step

ANNOTATIONS_PER_TYPE = 10
MESSAGE_LIMIT = 4096


@dataclass(frozen=True)
class Folders:
    """https://docs.github.com/en/actions/reference/runners/self-hosted-runners (the work folder)"""

    work: Path
    workspace: Path

    @property
    def temp(self) -> Path:
        return self.work / "_temp"

    @property
    def actions(self) -> Path:
        return self.work / "_actions"

    @property
    def tools(self) -> Path:
        return self.work / "_tool"


@dataclass
class JobState:
    config: Config
    folders: Folders
    log: Log
    masker: Masker
    github: dict[str, Any]
    contexts: dict[str, Any]  # needs, vars, secrets, inputs, strategy, matrix, job, runner
    host_environment: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)  # workflow's and job's env, then what GITHUB_ENV adds
    path: list[str] = field(default_factory=list)  # GITHUB_PATH, the latest last
    defaults: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # ACTIONS_ID_TOKEN_REQUEST_*
    images: dict[str, str] = field(
        default_factory=dict
    )  # Dockerfile or docker:// -> image, made at job start
    cancel: threading.Event = field(default_factory=threading.Event)
    grace_minutes: float = 5.0  # what the service gives a cancelled job before it ends all of it
    cancelled_at: float | None = None
    status: str = "success"
    posts: "list[Frame]" = field(default_factory=list)  # clean-up steps, registered by those that have one
    steps: dict[str, Any] = field(default_factory=dict)  # the steps context

    def grace_is_over(self) -> bool:
        """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation"""
        if not self.cancel.is_set():
            return False
        if self.cancelled_at is None:
            self.cancelled_at = time.monotonic()
        grace = self.grace_minutes * self.config.seconds_per_minute
        return time.monotonic() >= self.cancelled_at + grace

    def set_status(self, status: str) -> None:
        self.status = status
        self.contexts["job"]["status"] = status


@dataclass
class Frame:
    """A step on its way; a composite action's steps have its frame as `parent`."""

    job: JobState
    step: Step
    result: StepResult  # of the workflow's step, which nested steps share
    parent: "Frame | None" = None
    github: dict[str, Any] = field(default_factory=dict)
    siblings: dict[str, Any] = field(default_factory=dict)  # the steps context it sees and reports to
    inputs: dict[str, str] | None = None
    env: CaseSensitive = field(default_factory=CaseSensitive)
    overrides: set[str] = field(default_factory=set)  # names that a step's own env sets
    outputs: dict[str, Any] = field(default_factory=dict)
    status: str = "success"  # of the composite action whose steps these are
    failed: bool = False
    echo: bool = False
    deadline: float | None = None
    state: dict[str, str] = field(default_factory=dict)  # GITHUB_STATE, for the action's own post step
    given_env: dict[str, str] = field(default_factory=dict)  # evaluated before, of a post step
    handler: "Callable[[Frame], None] | None" = None  # instead of what the step says
    started_cancelled: bool = False
    depth: int = 0

    def scope(self) -> Scope:
        contexts = {**self.job.contexts, "github": self.github, "env": self.env, "steps": self.siblings}
        if self.inputs is not None:
            contexts["inputs"] = self.inputs
        return Scope(contexts, self._status(), self.job.status == "cancelled", self.job.folders.workspace)

    def _status(self) -> str:
        """success() and failure() in a composite action are about that action alone."""
        return self.parent.status if self.parent else self.job.status

    def stop_requested(self) -> bool:
        """Time is up, or the job was cancelled and the workflow step's `if` no longer holds."""
        if self.timed_out() or self.job.grace_is_over():
            return True
        top = self.top()
        if not self.job.cancel.is_set() or top.started_cancelled:
            return False
        self.job.set_status("cancelled")
        return not top.step.condition.holds(top.scope())

    def timed_out(self) -> bool:
        frame: Frame | None = self
        while frame is not None:
            if frame.deadline is not None and time.monotonic() >= frame.deadline:
                return True
            frame = frame.parent
        return False

    def top(self) -> "Frame":
        return self.parent.top() if self.parent else self

    def set_output(self, name: str, value: str) -> None:
        self.outputs[name] = value

    def set_env(self, name: str, value: str) -> None:
        self.job.env[name] = value
        self.env[name] = value

    def debug(self, message: str) -> None:
        if self.job.config.debug:
            self.job.log.write(f"##[debug]{message}")

    def error(self, message: str) -> None:
        self.annotate(Annotation(level="error", message=message))

    def warning(self, message: str) -> None:
        self.annotate(Annotation(level="warning", message=message))

    def annotate(self, annotation: Annotation) -> None:
        """In the log always; as an annotation ten times per level and step.

        https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs (AddIssue)
        """
        message = self.job.masker.mask(annotation.message)[:MESSAGE_LIMIT]
        self.job.log.write(f"##[{annotation.level}]{message}")
        same = [one for one in self.result.annotations if one.level == annotation.level]
        if len(same) < ANNOTATIONS_PER_TYPE:
            mask = self.job.masker.mask
            self.result.annotations.append(
                annotation.replace(message=message, title=mask(annotation.title), step=self.result.id)
            )

"""A workflow run: is there a reason to start, which jobs in which order, and how did it end.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run
"""

import threading
from pathlib import Path
from typing import Any

from . import forks, lease, limits, results, triggers, undefined
from .config import Config
from .document import Value, plain
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .github_context import create
from .job_runner import JobRunner, Request
from .results import JobResult
from .workflow import Job, read


class Run:
    def __init__(self, config: Config, file: Path, cancel: threading.Event) -> None:
        self.workflow = read(file, config.workflow_path)
        settled = triggers.settle(self.workflow.triggers, config, self.workflow.path)
        self.config = forks.withheld(settled)
        self.cancel = cancel
        self.inputs = self._inputs()
        self.folder = config.runs / config.run_id
        self.jobs: dict[str, JobResult] = {}
        self.statuses: dict[str, str] = {}

    def _inputs(self) -> dict[str, Any]:
        event = self.config.event_name
        trigger = self.workflow.triggers[event]
        declared = trigger.data["inputs"] if event == "workflow_dispatch" and trigger.data else None
        return dispatch_inputs(declared, self.config.inputs)

    def execute(self) -> str:
        """The run's conclusion."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for line in undefined.secrets(self.workflow, self.config):
            print(f"Warning: {line}", flush=True)
        for job in self._wanted():
            self.jobs[job.id] = self._job(job)
            limits.hold_run(self.jobs.values(), self.jobs[job.id])
        conclusion = self._conclusion()
        results.write(self.folder, conclusion, list(self.jobs.values()))
        return conclusion

    def _wanted(self) -> list[Job]:
        jobs = self.workflow.jobs
        if not self.config.job:
            return list(jobs.values())
        if self.config.job not in jobs:
            raise WorkflowError(
                f"There is no job '{self.config.job}'; jobs are {', '.join(jobs)}", file=self.workflow.path
            )
        wanted = self._ancestors(self.config.job) | {self.config.job}
        return [job for job in jobs.values() if job.id in wanted]

    def _ancestors(self, job_id: str) -> set[str]:
        needs = self.workflow.jobs[job_id].needs
        return set(needs).union(*(self._ancestors(need) for need in needs))

    def _job(self, job: Job) -> JobResult:
        needs = {
            need: {"result": self._status(need), "outputs": self.jobs[need].outputs} for need in job.needs
        }
        contexts = {"needs": needs, "inputs": self.inputs, "vars": self.config.variables}
        contexts["github"] = create(self.config, self.workflow.name, "")
        ancestors = {self._status(need) for need in self._ancestors(job.id)}
        status = "success" if ancestors <= {"success"} else "failure" if "failure" in ancestors else "skipped"
        scope = Scope(contexts, status, self.cancel.is_set())
        if not job.condition.holds(scope):
            return JobResult(id=job.id, name=job.id, conclusion="skipped")
        request = Request(
            config=self.config,
            workflow=self.workflow,
            job=job,
            needs=needs,
            inputs=self.inputs,
            folder=self.folder,
            cancel=self._cancel_for_job(),
        )
        with lease.runner(self.config.work, request.cancel) as free:
            if not free:
                return JobResult(id=job.id, name=job.id, conclusion="cancelled")
            result = JobRunner(request).run()
        if result.conclusion == "failure" and job.continue_on_error:
            self.statuses[job.id] = "success" if job.continue_on_error.boolean(scope) else "failure"
        return result

    def _cancel_for_job(self) -> threading.Event:
        """A job's own time-out must not cancel the others; the run's cancellation reaches the running one."""
        return self.cancel if self.cancel.is_set() else LinkedEvent(self.cancel)

    def _status(self, job_id: str) -> str:
        return self.statuses.get(job_id, self.jobs[job_id].conclusion)

    def _conclusion(self) -> str:
        found = {self._status(job_id) for job_id in self.jobs}
        return next((one for one in ("cancelled", "failure") if one in found), "success")


class LinkedEvent(threading.Event):
    """Set by itself or with another."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()


def dispatch_inputs(declared: Value | None, given: dict[str, str]) -> dict[str, Any]:
    """The inputs context of workflow_dispatch: booleans and numbers keep their type.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
    """
    known = declared.mapping("inputs") if declared and declared.data else {}
    if unknown := sorted(given.keys() - known.keys()):
        raise WorkflowError(f"Unexpected inputs provided: {', '.join(unknown)}; known are {', '.join(known)}")
    return {name: _input(name, value, given.get(name)) for name, value in known.items()}


def _input(name: str, value: Value, given: str | None) -> Any:
    keys = value.mapping(
        name, ("description", "required", "default", "type", "options", "deprecationMessage")
    )
    default = keys["default"].data if "default" in keys else None
    text = given if given is not None else plain(default)
    kind = plain(keys["type"].data) if "type" in keys else "string"
    if "required" in keys and keys["required"].data is True and not text:
        raise value.error(f"Required input '{name}' not provided")
    if kind == "choice":
        options = keys["options"].texts("options") if "options" in keys else []
        if text and text not in options:
            raise value.error(f"Provided value '{text}' for input '{name}' not in the list of allowed values")
    if kind == "boolean":
        return text == "true"
    return float(text) if kind == "number" and text else text

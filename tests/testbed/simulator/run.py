"""A workflow run: is there a reason to start, which jobs in which order, and how did it end.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run
"""

import threading
from pathlib import Path
from typing import Any

from . import admission, forks, results, triggers, undefined
from .calls import Loader
from .config import Config
from .document import Value, plain
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .graph import Graph, ancestors
from .groups import Groups
from .jobs import Job
from .level import TOP, Level, Outcome, Shared
from .published import Source
from .results import JobResult
from .workflow import read


class Run:
    def __init__(self, config: Config, file: Path, cancel: threading.Event, force: threading.Event) -> None:
        """`force` is for what `cancel` leaves running."""
        top = read(file, Source(config.repository, config.workflow_path, config.ref, config.sha))
        config = forks.withheld(triggers.settle(top.triggers, config, top.path))
        self.config = config
        self.workflow = Loader(config).load(top)
        self.inputs = self._inputs()
        self.shared = Shared(
            config=config,
            title=self.workflow.name,
            folder=config.runs / config.run_id,
            groups=Groups(config.work, config.repository),
            force=force,
        )
        self.level = Level(
            shared=self.shared,
            workflow=self.workflow,
            inputs=self.inputs,
            secrets=config.secrets,
            cancel=cancel,
        )

    @property
    def jobs(self) -> list[JobResult]:
        return self.shared.results

    def _inputs(self) -> dict[str, Any]:
        event = self.config.event_name
        trigger = self.workflow.triggers[event]
        declared = trigger.data["inputs"] if event == "workflow_dispatch" and trigger.data else None
        return dispatch_inputs(declared, self.config.inputs)

    def execute(self) -> str:
        """The run's conclusion."""
        wanted = self._wanted()
        self.shared.folder.mkdir(parents=True, exist_ok=True)
        for line in undefined.secrets(self.workflow, self.config):
            print(f"Warning: {line}", flush=True)
        scope = Scope(self.level.contexts())
        with admission.enter(self.level, self.workflow.concurrency, scope, TOP) as (member, level):
            outcomes = Graph(level).run(wanted) if member.granted else {}
            if member.reason:
                print(member.reason, flush=True)
            conclusion = _conclusion(outcomes, cancelled=level.cancel.is_set())
        results.write(self.shared.folder, conclusion, self.jobs)
        return conclusion

    def _wanted(self) -> list[Job]:
        jobs = self.workflow.jobs
        if not self.config.job:
            return list(jobs.values())
        if self.config.job not in jobs:
            raise WorkflowError(
                f"There is no job '{self.config.job}'; jobs are {', '.join(jobs)}", file=self.workflow.path
            )
        wanted = ancestors(jobs, self.config.job) | {self.config.job}
        return [job for job in jobs.values() if job.id in wanted]


def _conclusion(outcomes: dict[str, Outcome], *, cancelled: bool) -> str:
    found = {one.result for one in outcomes.values()}
    if cancelled:
        return "cancelled"
    return next((one for one in ("failure", "cancelled") if one in found), "success")


def dispatch_inputs(declared: Value | None, given: dict[str, str]) -> dict[str, Any]:
    """The inputs context of workflow_dispatch: booleans and numbers keep their type.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
    """
    known = declared.mapping("inputs") if declared and declared.data else {}
    if unknown := sorted(given.keys() - known.keys()):
        has = f"known are {', '.join(known)}" if known else "the workflow declares none"
        raise WorkflowError(f"Unexpected inputs provided: {', '.join(unknown)}; {has}")
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

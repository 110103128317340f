"""What act tells of a run, a JSON object a line, as the results that the simulator leaves.

https://github.com/nektos/act/blob/master/pkg/runner/step.go (stepResult)
https://github.com/nektos/act/blob/master/pkg/runner/job_executor.go (jobResult)
https://github.com/nektos/act/blob/master/pkg/runner/command.go (command, kvPairs, arg)
"""

import json
import re
from collections.abc import Callable
from typing import Any

from testbed.act import text
from testbed.simulator.results import Annotation, JobResult, StepResult

Event = dict[str, Any]
SET_UP = "Set up job"
LEVELS = ("error", "warning", "notice")
NANOSECONDS = 1_000_000_000
UNSUPPORTED_PLATFORM = "Skipping unsupported platform"


class Recorder:
    """`jobs` in the order in which they began; `name` says how GitHub would call the job of an event."""

    def __init__(self, name: Callable[[Event], str]) -> None:
        self.jobs: dict[str, JobResult] = {}
        self.lines: dict[str, list[str]] = {}
        self.complaints: list[str] = []  # what act said outside of any job
        self._name = name
        self._steps: dict[str, dict[str, StepResult]] = {}

    def feed(self, line: str) -> str:
        """One line of act's; what of it is to be shown, if anything."""
        event = _parse(line)
        if event is None or "job" not in event:
            return self._outside(line, event)
        job = self._job(event)
        step = self._step(job, event)
        if event.get("jobResult"):
            job.conclusion = _conclusion(job, event)
        if step is not None:
            _update(step, event)
        if UNSUPPORTED_PLATFORM in event["msg"]:
            job.conclusion = "failure"
        told = text.of(event)
        lines = told.split("\n") if told is not None else []
        self.lines[job.id] += lines
        return "\n".join(f"{job.id} | {text.shown(one)}" for one in lines if one != "##[endgroup]")

    def finish(self, *, cancelled: bool) -> None:
        """What has no result when act ends was cut off, but for a job that only calls a workflow."""
        self.jobs = {name: job for name, job in self.jobs.items() if job.conclusion or job.steps}
        for job in self.jobs.values():
            job.conclusion = job.conclusion or ("cancelled" if cancelled else "failure")
            job.log = "\n".join([*self.lines[job.id], ""])
            for step in job.steps:
                step.outcome = step.outcome or ("cancelled" if cancelled else "failure")
                step.conclusion = step.conclusion or step.outcome

    def _outside(self, line: str, event: Event | None) -> str:
        """Of act itself: errors are shown, chatter isn't."""
        message = line if event is None else str(event.get("msg", ""))
        if not message or (event is not None and event.get("level") not in ("error", "fatal")):
            return ""
        self.complaints.append(message.removeprefix("Error: "))
        return message

    def _job(self, event: Event) -> JobResult:
        name = self._name(event)
        if name not in self.jobs:
            file = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")
            self.jobs[name] = JobResult(id=name, name=name, file=file)
            self.lines[name] = []
            self._steps[name] = {}
        return self.jobs[name]

    def _step(self, job: JobResult, event: Event) -> StepResult | None:
        """The job's own step that the event is about; those in composite actions are part of it."""
        known = self._steps[job.id]
        if event.get("step") == SET_UP:
            failed = event.get("stepResult") == "failure"
            return _add(job, known, StepResult(id="set-up-job", name=SET_UP)) if failed else None
        if not event.get("stepID") or event.get("stage") not in ("Main", "Post"):
            return None
        if event["stage"] == "Post":
            return self._clean_up(job, event)
        step_id = event["stepID"][0]
        made = StepResult(id=step_id, name=_first_line(event) or step_id)
        return known.get(step_id) or _add(job, known, made, step_id)

    def _clean_up(self, job: JobResult, event: Event) -> StepResult | None:
        """act cleans up after every action, and mostly there is nothing to do."""
        known, step_id = self._steps[job.id], f"post-{event['stepID'][0]}"
        something = event.get("raw_output") or event.get("stepResult") == "failure"
        if step_id not in known and something:
            _add(job, known, StepResult(id=step_id, name=f"Post {_first_line(event)}"), step_id)
        return known.get(step_id)


def _parse(line: str) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "msg" in event else None


def _first_line(event: Event) -> str:
    return next(iter(event.get("step", "").strip().splitlines()), "")


def _add(job: JobResult, known: dict[str, StepResult], step: StepResult, key: str = SET_UP) -> StepResult:
    known[key] = step
    job.steps.append(step)
    return step


def _conclusion(job: JobResult, event: Event) -> str:
    """The jobs of a matrix have one result in act: which of them failed is seen in their steps."""
    if event.get("matrix") and event["jobResult"] == "failure":
        return "failure" if any(step.conclusion == "failure" for step in job.steps) else "success"
    return str(event["jobResult"])


def _update(step: StepResult, event: Event) -> None:
    inner = len(event.get("stepID", [])) > 1
    command = event.get("command", "")
    if command in LEVELS:
        step.annotations.append(_annotation(event, step))
    elif command == "set-output" and "name" in event and not inner:
        step.outputs[event["name"]] = event["arg"]
    elif command == "summary":
        step.summary = event["content"]
    if inner:
        return
    if event["msg"] == "Failed but continue next step":
        step.conclusion = "success"
    elif "stepResult" in event:
        step.outcome = event["stepResult"]
        step.conclusion = step.conclusion or step.outcome
        step.seconds = round(event.get("executionTime", 0) / NANOSECONDS, 3)
    elif event["level"] == "error" and not command:
        # What act finds wrong afterwards, in a file of commands: too late for `steps`, not for the job.
        step.conclusion = "failure"


def _annotation(event: Event, step: StepResult) -> Annotation:
    properties = dict(event.get("kvPairs") or {})
    return Annotation(
        level=event["command"],
        message=event.get("arg", ""),
        title=properties.pop("title", ""),
        file=properties.pop("file", ""),
        line=properties.pop("line", ""),
        properties=properties,
        step=step.id,
    )

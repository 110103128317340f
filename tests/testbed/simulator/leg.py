"""One leg of a job: its name, its place in a concurrency group, its runner or the workflow that it calls.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from . import admission, interface, lease
from .admission import Deadlock
from .cancellation import LinkedEvent
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .groups import Member
from .interface import Interface
from .job_runner import JobRunner, Request
from .jobs import Job
from .level import Level, Outcome
from .results import JobResult, Label
from .strategy import Leg

OF_A_JOB = ("needs", "inputs", "strategy", "matrix")


@dataclass(frozen=True, kw_only=True)
class LegRunner:
    level: Level
    job: Job
    leg: Leg
    scope: Scope  # of the job's keys
    run_called: Callable[[Level], Outcome]

    def run(self) -> Outcome:
        label = self.level.label(self.job)
        try:
            label = self._label()
            with admission.enter(self._uncancelled(), self.job.concurrency, self.scope, label.name) as (
                member,
                level,
            ):
                if not member.granted:
                    return self.end("cancelled", member.reason, label)
                return self._call(level, label) if self.job.call else self._execute(level, label, member)
        except WorkflowError as error:
            return self.end("failure", str(error), label)
        except Deadlock as error:
            return self.end("cancelled", str(error), label)

    def _uncancelled(self) -> Level:
        """A job that starts although the run is cancelled, by its `if`, runs like any other."""
        level = self.level
        return replace(level, cancel=LinkedEvent(level.shared.force)) if level.cancel.is_set() else level

    def end(self, conclusion: str, message: str, label: Label | None = None) -> Outcome:
        """Without a runner."""
        result = JobResult.of(label or self._label_if_known(), conclusion)
        self._keep(result, message)
        return Outcome(conclusion)

    def _keep(self, result: JobResult, message: str) -> None:
        if message:
            print(f"{result.name}: {message}", flush=True)
            result.note("error", message)
        self.level.shared.results.append(result)

    def _label(self) -> Label:
        """A name without expressions gets the matrix's values, one with them is taken as it is."""
        job, leg = self.job, self.leg
        name = job.name.text(self.scope) if job.name else ""
        if not name or (job.name and job.name.is_literal):
            name = leg.name(name or job.id)
        file = f"{job.id}.{leg.id}" if leg.id else job.id
        shown = f"{job.id} ({leg.title})" if leg.title else job.id
        return Label(shown, name, file).inside(self.level.caller)

    def _label_if_known(self) -> Label:
        try:
            return self._label()
        except WorkflowError:
            return self.level.label(self.job)

    def _call(self, level: Level, label: Label) -> Outcome:
        """The caller's env doesn't cross, its github context and vars do."""
        job, called = self.job, level.workflow.called[self.job.id]
        assert job.call is not None
        inner = replace(
            level,
            workflow=called,
            inputs=interface.inputs(job.call, called.interface or Interface(), self.scope),
            secrets=interface.secrets(job.call, self.scope),
            caller=label,
        )
        own = Scope(inner.contexts())
        with admission.enter(inner, called.concurrency, own, label.name) as (member, admitted):
            if not member.granted:
                return self.end("cancelled", member.reason, label)
            return self.run_called(admitted)

    def _execute(self, level: Level, label: Label, member: Member) -> Outcome:
        for given in self.job.runs_on:
            if not given.value(self.scope):
                raise WorkflowError("runs-on names no runner", file=given.file, line=given.line)
        shared = level.shared
        request = Request(
            config=shared.config,
            title=shared.title,
            workflow=level.workflow,
            job=self.job,
            label=label,
            contexts={name: self.scope.contexts[name] for name in OF_A_JOB},
            secrets=level.secrets,
            folder=shared.folder,
            cancel=level.cancel,
        )
        with lease.runner(shared.config.work, request.cancel) as free:
            result = JobRunner(request).run() if free else JobResult.of(label, "cancelled")
        self._keep(result, member.reason)
        tolerant = self.job.continue_on_error
        if result.conclusion == "failure" and tolerant and tolerant.boolean(self.scope):
            return Outcome("success", result.outputs)
        return Outcome(result.conclusion, result.outputs)

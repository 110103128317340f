"""The jobs of a workflow, one after another as their `needs` and `if` have it: a host does one at a time.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-jobs
"""

from collections.abc import Iterable
from typing import Any

from . import interface, strategy
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .interface import Interface
from .jobs import Job
from .leg import LegRunner
from .level import Level, Outcome, combined
from .results import JobResult
from .strategy import Leg


class Graph:
    def __init__(self, level: Level) -> None:
        self.level = level
        self.outcomes: dict[str, Outcome] = {}

    def run(self, wanted: Iterable[Job]) -> dict[str, Outcome]:
        for job in wanted:
            self.outcomes[job.id] = self._job(job)
        return self.outcomes

    def _job(self, job: Job) -> Outcome:
        """An `if` doesn't see the matrix: it is decided before there is one."""
        needs = shown({need: self.outcomes[need] for need in job.needs})
        contexts = {**self.level.contexts(), "needs": needs}
        try:
            if not job.condition.holds(self._scope(job, contexts)):
                self.level.shared.results.append(JobResult.of(self.level.label(job), "skipped"))
                return Outcome("skipped")
            legs = strategy.legs(job.strategy, Scope(contexts))
        except WorkflowError as error:
            runner = self._runner(job, Leg(), contexts)
            return runner.end("failure", str(error), self.level.label(job))
        return self._legs(job, legs, contexts)

    def _scope(self, job: Job, contexts: dict[str, Any]) -> Scope:
        """success() and failure() look at all that the job depends on, also through others."""
        results = {self.outcomes[one].result for one in ancestors(self.level.workflow.jobs, job.id)}
        status = "success" if results <= {"success"} else "failure" if "failure" in results else "skipped"
        return Scope(contexts, status, self.level.cancel.is_set())

    def _runner(self, job: Job, leg: Leg, contexts: dict[str, Any]) -> LegRunner:
        scope = Scope({**contexts, "matrix": leg.matrix, "strategy": leg.strategy})
        return LegRunner(level=self.level, job=job, leg=leg, scope=scope, run_called=run_called)

    def _legs(self, job: Job, legs: list[Leg], contexts: dict[str, Any]) -> Outcome:
        """max-parallel has no effect: legs wait for each other anyway, and fail-fast ends those that wait."""
        results: list[str] = []
        outputs: dict[str, str] = {}
        failed = ""
        for leg in legs:
            runner = self._runner(job, leg, contexts)
            if failed:
                outcome = runner.end("cancelled", f'The job was canceled because "{failed}" failed.')
            elif self.level.cancel.is_set() and not job.condition.holds(self._scope(job, contexts)):
                outcome = runner.end("cancelled", "")
            else:
                outcome = runner.run()
            results.append(outcome.result)
            if outcome.result == "failure" and leg.fail_fast:
                failed = leg.id
            outputs.update(_kept(job, outcome))
        return Outcome(combined(results), outputs)


def _kept(job: Job, outcome: Outcome) -> dict[str, str]:
    """The last leg that gives an output a value wins; of called workflows only those that succeeded.

    https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#using-outputs-from-a-reusable-workflow
    """
    counts = job.call is None or job.strategy is None or outcome.result == "success"
    return outcome.outputs if counts else {}


def ancestors(jobs: dict[str, Job], job_id: str) -> set[str]:
    needs = jobs[job_id].needs
    return set(needs).union(*(ancestors(jobs, need) for need in needs))


def shown(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """As the contexts `needs` and `jobs` have them."""
    return {name: {"result": one.result, "outputs": one.outputs} for name, one in outcomes.items()}


def run_called(level: Level) -> Outcome:
    """A called workflow; its outputs are seen by the calling job's workflow alone."""
    outcomes = Graph(level).run(level.workflow.jobs.values())
    scope = Scope({**level.contexts(), "jobs": shown(outcomes)})
    outputs = interface.outputs(level.workflow.interface or Interface(), scope)
    return Outcome(combined([one.result for one in outcomes.values()]), outputs)

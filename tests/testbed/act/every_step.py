"""A copy of a workflow in which every step is run, whatever became of those before it, and can be named.

act ends a job at its first failure: of two differences in a job only one would be seen.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from testbed.simulator.results import JobResult


@dataclass(frozen=True)
class EveryStep:
    """`labels`: for each job, the name or first line of each step by the id that the copy gives it."""

    text: str
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def outcomes(self, jobs: dict[str, JobResult]) -> dict[tuple[str, str], str]:
        """By (job, step); a job's own conclusion is that of the step ''."""
        found = {(job, ""): result.conclusion for job, result in jobs.items()}
        for job, labels in self.labels.items():
            steps = {step.id: step for step in jobs[job].steps} if job in jobs else {}
            for step_id, label in labels.items():
                step = steps.get(step_id)
                failed = step is not None and "failure" in (step.outcome, step.conclusion)
                found[job, label] = "failure" if failed else step.outcome if step else "not run"
        return found


class _Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: `on` is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if first in "tTfF" or not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def copy(text: str) -> EveryStep:
    workflow = yaml.load(text, _Loader)
    labels = {job: _prepare(spec["steps"]) for job, spec in workflow["jobs"].items() if "steps" in spec}
    return EveryStep(yaml.safe_dump(workflow, sort_keys=False, width=10**6), labels)


def _prepare(steps: list[dict[str, Any]]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for number, step in enumerate(steps, start=1):
        step["continue-on-error"] = True
        labels[step.setdefault("id", f"step-{number}")] = _label(step)
    return labels


def _label(step: dict[str, Any]) -> str:
    return str(step.get("name") or step.get("uses") or step["run"].strip().splitlines()[0])

"""A copy of a workflow in which every step is run, whatever became of those before it, and has a name.

act ends a job at its first failure: of two differences in a job only one would be seen.
"""

from typing import Any

import yaml

from testbed.simulator.results import JobResult

THE_RUNNERS_OWN = ("set-up-job", "complete-job", "job")


class _Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: `on` is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if first in "tTfF" or not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def copy(text: str) -> str:
    workflow = yaml.load(text, _Loader)
    jobs = workflow["jobs"]
    for job in jobs.values():
        _prepare(job.get("steps", []))
        if "outputs" in job and "strategy" in job:
            # Of a matrix act takes those of the job that ends first; let it always be the same one.
            job["strategy"].setdefault("max-parallel", 1)
    for job in jobs.values():
        if "needs" in job and "if" not in job and all(_runs(jobs[need]) for need in _needs(job)):
            job["if"] = "always()"
    return yaml.safe_dump(workflow, sort_keys=False, width=10**6)


def outcomes(jobs: dict[str, JobResult]) -> dict[tuple[str, str], str]:
    """By (job, step); a job's own conclusion is that of the step ''."""
    found = {(name, ""): job.conclusion for name, job in jobs.items()}
    for name, job in jobs.items():
        for step in job.steps:
            if step.id in THE_RUNNERS_OWN:
                continue
            failed = "failure" in (step.outcome, step.conclusion)
            found[name, step.name] = "failure" if failed else step.outcome
    return found


def _prepare(steps: list[dict[str, Any]]) -> None:
    """Names without expressions: whoever shows them, they are the same."""
    taken: set[str] = set()
    for step in steps:
        step["continue-on-error"] = True
        name = str(step.get("name") or step.get("uses") or step["run"].strip().splitlines()[0])
        name = name.replace("${{", "{{")
        step["name"] = name if name not in taken else f"{name} ({len(taken)})"
        taken.add(name)


def _needs(job: dict[str, Any]) -> list[str]:
    return job["needs"] if isinstance(job["needs"], list) else [job["needs"]]


def _runs(job: dict[str, Any]) -> bool:
    """It would succeed, were it not for act."""
    return "if" not in job or job["if"] == "always()"

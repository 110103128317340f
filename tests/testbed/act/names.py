"""What a job of act's is called in the results: its id, the matrix's values, after the job that called it.

https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/JobNameBuilder.cs
"""

from collections.abc import Iterable
from typing import Any


class Names:
    """`workflows`: the one that runs first, then those that it calls."""

    def __init__(self, title: str, workflows: Iterable[Any]) -> None:
        self._title = title
        jobs = [item for workflow in workflows for item in workflow["jobs"].items()]
        self._vectors = {job_id: _vectors(job) for job_id, job in reversed(jobs)}

    def __call__(self, event: dict[str, Any]) -> str:
        """act's own name is [CALLER/]WORKFLOW/JOB, padded with blanks."""
        job_id = event["jobID"]
        caller, _, _ = event["job"].partition("/")
        before = "" if event["job"].startswith(f"{self._title}/") else f"{caller} / "
        values = self._values(job_id, event.get("matrix") or {})
        return f"{before}{job_id} ({', '.join(values)})" if values else f"{before}{job_id}"

    def _values(self, job_id: str, matrix: dict[str, Any]) -> list[str]:
        vectors = [name for name in self._vectors.get(job_id, ()) if name in matrix]
        return [_text(matrix[name]) for name in vectors or sorted(matrix)]


def _vectors(job: Any) -> list[str]:
    """Those that span the matrix: what `include` adds isn't in a name, unless there is nothing else."""
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
    if not isinstance(matrix, dict):
        return []
    include = matrix.get("include")
    added = [item for item in include if isinstance(item, dict)] if isinstance(include, list) else []
    vectors = [name for name in matrix if name not in ("include", "exclude")]
    return vectors or list(dict.fromkeys(name for item in added for name in item))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""What GitHub takes of a job's and a run's outputs and annotations, and no more.

Outputs: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
Annotations: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
"""

from collections.abc import Iterable, Mapping

from .results import Annotation, JobResult, StepResult

JOB_OUTPUTS = 1024 * 1024
RUN_OUTPUTS = 50 * 1024 * 1024
ANNOTATIONS_PER_TYPE = 10  # of a step
ANNOTATIONS_PER_JOB = 50
MESSAGE = 4096  # characters, ExecutionContext.cs (AddIssue)


def size(outputs: Mapping[str, str]) -> int:
    """In bytes, as GitHub counts them: UTF-16."""
    return sum(len(value.encode("utf-16-le")) for value in outputs.values())


def hold_run(jobs: Iterable[JobResult], last: JobResult) -> None:
    """The job that brings the run's outputs over the limit loses its own, and fails."""
    total = sum(size(job.outputs) for job in jobs)
    if total <= RUN_OUTPUTS:
        return
    message = f"The outputs of the run exceed the maximum of {RUN_OUTPUTS} bytes: {total}"
    lost = StepResult(id="complete-job", name="Complete job", outcome="failure", conclusion="failure")
    lost.annotations.append(Annotation(level="error", message=message, step=lost.id))
    last.outputs.clear()
    last.conclusion = "failure"
    last.steps.append(lost)

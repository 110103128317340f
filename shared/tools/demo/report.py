"""The short table at the demo's end."""

from collections.abc import Iterable, Sequence

from testbed.run import RunResult
from tools.demo.pods import Pod


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [list(headers), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headers))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def success(commit: str, digest: str, pods: Iterable[Pod]) -> str:
    rows = [(p.cluster, p.name, "ready" if p.ready else p.phase, _same(p.digest, digest)) for p in pods]
    return f"commit  {commit}\ndigest  {digest}\n\n{table(('cluster', 'pod', 'state', 'runs'), rows)}"


def steps(result: RunResult) -> str:
    rows = [
        (job.id, step.name, step.conclusion, f"{step.seconds:.1f} s")
        for job in result.jobs.values()
        for step in job.steps
    ]
    return table(("job", "step", "conclusion", "took"), rows)


def errors(result: RunResult) -> str:
    """What a user sees on the run's page."""
    found = [
        (job.id, a)
        for job in result.jobs.values()
        for step in job.steps
        for a in step.annotations
        if a.level == "error"
    ]
    return "\n\n".join(f"{job}: {a.title}\n{_place(a.file, a.line)}{a.message}" for job, a in found)


def _place(file: str, line: str) -> str:
    return f"({file}:{line})\n" if file and line else f"({file})\n" if file else ""


def _same(running: str, built: str) -> str:
    return (
        f"{running[:19]}… (the digest that was built)"
        if running == built
        else f"{running} (NOT the digest that was built)"
    )

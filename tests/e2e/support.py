"""The example app as a repository that tests change and push, and how they read a run's result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testbed.run import RunResult, run_workflow
from tools.demo import application

CHECKOUT = "- uses: actions/checkout@v5"


@dataclass
class App:
    """The example app in a repository of its own."""

    folder: Path

    def edit(self, file: str | Path, old: str, new: str) -> "App":
        application.replace(self.folder / file, old, new)
        return self

    def write(self, file: str | Path, text: str) -> "App":
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(text)
        return self

    def push(self, message: str = "Change") -> RunResult:
        """Commit, and run the workflow that a push to main starts."""
        application.commit(self.folder, message)
        return run_workflow(self.folder / application.WORKFLOW, self.folder, event="push")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One `uses:` of an action, with its inputs."""

    uses: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    def yaml(self) -> list[str]:
        lines = [f"- uses: {self.uses}", "  id: " + self.uses.partition("@")[0].rpartition("/")[2]]
        if self.inputs:
            lines.append("  with:")
        for name, value in self.inputs.items():
            lines += [f"    {name}: |-", *(f"      {line}" for line in value.splitlines())]
        return lines


def workflow(*steps: Step, environment: str = "", id_token: bool = True) -> str:
    """A workflow of one job: checkout, then these steps."""
    lines = ["on: push", "jobs:", "  job:", "    runs-on: [self-hosted]"]
    lines += [f"    environment: {environment}"] if environment else []
    lines += ["    permissions:", "      contents: read"]
    lines += ["      id-token: write"] if id_token else []
    lines += ["    steps:", f"      {CHECKOUT}"]
    lines += [f"      {line}" for step in steps for line in step.yaml()]
    return "\n".join(lines) + "\n"


# What the runner itself adds to every `run` step that fails.
RUNNERS_OWN = "Process completed with exit code 1."


def errors(result: RunResult) -> list[str]:
    """Every error annotation of the run but the runner's own, as a user reads it: title, then text."""
    found = [a for job in result.jobs.values() for step in job.steps for a in step.annotations]
    return [f"{a.title}: {a.message}" for a in found if a.level == "error" and a.message != RUNNERS_OWN]

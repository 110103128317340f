"""Run a workflow through the simulator in plain folders, as the simulator's tests do."""

import os
import textwrap
from pathlib import Path
from typing import Any

from testbed.run import RunResult, run_workflow
from testbed.selftest.forking import ForkedFolders
from testbed.simulator.results import StepResult

QUICK = {"sigint_seconds": 1.0, "sigterm_seconds": 1.0}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip())


def run(
    tmp_path: Path,
    workflow: str,
    *,
    files: dict[str, str] | None = None,
    actions: dict[str, str] | None = None,
    path: str = "",
    **trigger: Any,
) -> RunResult:
    """`files` are the repository's, `actions` the release trees'; both are dedented."""
    repository = tmp_path / "app"
    repository.mkdir(exist_ok=True)
    write(repository, {"README.md": "An app\n", **(files or {}), "wf.yml": workflow})
    host = ForkedFolders(tmp_path / "host", path=path and f"{path}:{os.environ['PATH']}")
    write(host.root / "actions", actions or {})
    trigger["settings"] = {**QUICK, **trigger.get("settings", {})}
    return run_workflow(repository / "wf.yml", repository, host=host, **trigger)


def job(steps: str, **keys: str) -> str:
    """A workflow of one job `a`; the steps are a YAML sequence."""
    lines = ["on: [push, pull_request]", "jobs:", "  a:", "    runs-on: self-hosted"]
    lines += [f"    {key.replace('_', '-')}: {value}" for key, value in keys.items()]
    return "\n".join([*lines, "    steps:", textwrap.indent(textwrap.dedent(steps).strip("\n"), "      ")])


def step(result: RunResult, step_id: str) -> StepResult:
    return next(one for one in result.jobs["a"].steps if one.id == step_id)

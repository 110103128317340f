"""Run a workflow as GitHub would: `testbed run WORKFLOW --repository DIR`, and the same from Python."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testbed import events, github
from testbed.errors import TestbedError
from testbed.run_arguments import parse
from testbed.run_hosts import ACT, Host, RunnerMachine
from testbed.simulator import results
from testbed.simulator.results import Annotation, JobResult
from testbed.summary import page

FIRST_RUN_ID = 1001
WRONG_WORKFLOW, UNSUPPORTED = 2, 3
CONCLUDED = (0, 1, 130)


@dataclass(frozen=True)
class RunResult:
    conclusion: str
    jobs: dict[str, JobResult]
    folder: Path

    @property
    def annotations(self) -> list[Annotation]:
        return [one for job in self.jobs.values() for step in job.steps for one in step.annotations]

    @property
    def summary(self) -> str:
        """What GitHub shows of the steps' summaries, in order."""
        return "\n".join(step.summary for job in self.jobs.values() for _, step in job.summaries)


@dataclass(kw_only=True)
class Trigger:
    """What starts the run, and what GitHub knows for it."""

    event: str = "push"
    payload: dict[str, Any] = field(default_factory=dict)  # over the one that is made up
    name: str = ""  # OWNER/NAME; the organisation's and the directory's unless given
    ref: str = ""
    actor: str = ""
    fork: bool = False  # a pull request from a fork
    job: str = ""
    debug: bool = False
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    others: dict[str, Path] = field(default_factory=dict)  # OWNER/NAME@TAG -> a repository that `uses:` names
    settings: dict[str, Any] = field(default_factory=dict)  # of the runner program, overriding the host's


def run_workflow(
    workflow: Path | str,
    repository: Path,
    *,
    runner: str = "",
    host: Host | None = None,
    cancel_on: str = "",
    **trigger: Any,
) -> RunResult:
    """Publish `repository`, run the workflow file (a path, or one in it) and wait.

    `trigger` are the fields of Trigger. The run is cancelled, as by a user, when the log shows `cancel_on`.
    Raises TestbedError when the workflow is invalid or the runner is not there.
    """
    on_host = host or RunnerMachine.named(runner)
    folder, code = _run(Path(workflow), repository, on_host, Trigger(**trigger), cancel_on)
    if code not in CONCLUDED:
        raise TestbedError(f"the workflow did not run:\n{(folder / 'runner.log').read_text().strip()}")
    conclusion, jobs = results.read(folder)
    return RunResult(conclusion, jobs, folder)


def _run(
    workflow: Path, repository: Path, host: Host, trigger: Trigger, cancel_on: str = ""
) -> tuple[Path, int]:
    file = workflow if workflow.is_file() else repository / workflow
    if not file.is_file():
        raise TestbedError(f"there is no workflow file {workflow}", f"Looked here and in {repository}.")
    settings = host.settings()  # before anything is published: the testbed may not be up
    name = trigger.name or f"{host.owner}/{repository.resolve().name}"
    path = f".github/workflows/{file.name}"
    for other, directory in trigger.others.items():
        owner_and_name, _, tag = other.partition("@")
        github.publish(directory, owner_and_name, f"refs/tags/{tag}", host.github)
    event = _event(trigger, name, path, (repository, host.github))
    folder = _new_run(host.runs)
    shutil.copy(file, folder / "workflow.yml")
    config = {
        "repository": name,
        "event_name": trigger.event,
        "event": event.payload,
        "workflow_path": path,
        "run_id": folder.name,
        "run_number": str(int(folder.name) - FIRST_RUN_ID + 1),
        **{key: getattr(event, key) for key in ("ref", "sha", "actor", "ids", "changed_files")},
        **{key: getattr(trigger, key) for key in ("job", "debug", "inputs", "secrets")},
        **{key: getattr(trigger, key) for key in ("variables", "environments")},
        **settings,
        **trigger.settings,
    }
    code = _execute(host, folder, config, cancel_on)
    if code == UNSUPPORTED and not host.program.name:
        print("act runs it: see below what it can't do.")
        code = _execute(host.on(ACT), folder, config, cancel_on)
    if (folder / "result.json").exists():
        page.write(folder, config)
    return folder, code


def _event(trigger: Trigger, name: str, workflow: str, folders: tuple[Path, Path]) -> events.Event:
    same = {key: getattr(trigger, key) for key in ("event", "ref", "actor", "fork", "payload", "inputs")}
    return events.happen(events.Wish(repository=name, workflow=workflow, **same), *folders)


def _new_run(runs: Path) -> Path:
    """A folder for the run, owned as `runs` is, for the runner's user writes there."""
    runs.mkdir(parents=True, exist_ok=True)
    number = max([FIRST_RUN_ID - 1, *(int(each.name) for each in runs.iterdir() if each.name.isdecimal())])
    while True:
        number += 1
        folder = runs / str(number)
        try:
            folder.mkdir()
        except FileExistsError:  # another run began at the same moment
            continue
        shutil.chown(folder, runs.stat().st_uid, runs.stat().st_gid)
        return folder


def _execute(host: Host, folder: Path, config: dict[str, Any], cancel_on: str) -> int:
    """Show the log as it comes and keep it in runner.log; Ctrl-C cancels the run, which we still wait for."""
    process = host.start(
        host.inside(folder / "workflow.yml"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(config))
    process.stdin.close()
    reader = threading.Thread(
        target=_show, args=(process, folder / "runner.log", lambda: host.interrupt(process), cancel_on)
    )
    reader.start()
    _wait(reader, lambda: host.interrupt(process))
    return process.wait()


def _wait(reader: threading.Thread, interrupt: Callable[[], None]) -> None:
    try:
        while reader.is_alive():
            reader.join(0.2)
    except KeyboardInterrupt:
        interrupt()
        _wait(reader, interrupt)


def _show(process: "subprocess.Popen[str]", log: Path, interrupt: Callable[[], None], cancel_on: str) -> None:
    assert process.stdout is not None
    with log.open("w", encoding="utf-8") as kept:
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            kept.write(line)
            kept.flush()
            if cancel_on and cancel_on in line:
                interrupt()
                cancel_on = ""


def main(argv: list[str]) -> int:
    """The command line; the exit status tells the run's conclusion."""
    try:
        arguments = parse(argv)
        folder, code = _run(
            arguments.workflow, arguments.repository, arguments.host, Trigger(**arguments.trigger)
        )
    except TestbedError as error:
        print(f"testbed run: {error}", file=sys.stderr)
        return WRONG_WORKFLOW
    print(f"Log, annotations, summaries and result.json: {folder}")
    if (folder / page.NAME).exists():
        print(f"Job summaries as a page: {folder / page.NAME}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""End an action in the middle, the way the world does, and look for what it left."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from e2e import leaks
from e2e.kill_phases import Phase
from e2e.support import App, errors, workflow
from testbed import paths, processes
from testbed.faults import active
from testbed.run import RunResult
from testbed.runner_host.machine import Machine
from testbed.simulator import results
from tools.demo import application
from tools.paths import ROOT

HOWS = ("cancel", "SIGTERM", "SIGKILL")
WORK = "opt/actions-runner/_work"
# buildx's notes, of the user's builders, which build-push asks for, and of what the runner builds itself; and
# what the runner's `docker build` seeds its registry tokens' cache with.
DOCKERS_OWN = re.compile(r"home/runner/\.docker(/\.token_seed(\.lock)?|/buildx(/.*)?)?")
REACH_SECONDS = 60.0
# What a job that goes on after the step would see of it.
LOOK = """
      - if: always()
        id: after
        run: |
          keys=$(env | grep -cE '^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)=.') || true
          echo "keys=$keys" >> "$GITHUB_OUTPUT"
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run whose action was ended. `seconds`: from then to the run's end."""

    result: RunResult
    seconds: float

    @property
    def step(self) -> results.StepResult:
        (job,) = self.result.jobs.values()
        return next(step for step in job.steps if step.id == "killed")

    @property
    def keys(self) -> str:
        """How many of the three variables with credentials the next step saw; "" if none ran."""
        (job,) = self.result.jobs.values()
        return next((step.outputs.get("keys", "") for step in job.steps if step.id == "after"), "")

    @property
    def said(self) -> list[str]:
        return errors(self.result)


@dataclass(frozen=True)
class Traces:
    """What is on the runner beside the runner itself."""

    processes: frozenset[str]
    containers: frozenset[str]
    home: frozenset[str]
    temp: frozenset[str]
    at: float  # seconds since the epoch

    @classmethod
    def of(cls, machine: Machine) -> "Traces":
        containers = machine.run(
            ["docker", "ps", "--all", "--quiet"], capture_output=True, text=True, check=True
        )
        root = machine.root
        home = (str(path.relative_to(root)) for path in (root / "home/runner").rglob("*"))
        return cls(
            processes=frozenset(_processes(machine)),
            containers=frozenset(containers.stdout.split()),
            home=frozenset(name for name in home if not DOCKERS_OWN.fullmatch(name)),
            temp=frozenset(path.name for path in (root / WORK / "_temp").glob("*")),
            at=time.time(),
        )

    def since(self, before: "Traces") -> list[str]:
        """What is there now and wasn't, in words."""
        found = []
        for kind in ("processes", "containers", "home", "temp"):
            new = getattr(self, kind) - getattr(before, kind)
            found += [f"{kind}: {one}" for one in sorted(new)]
        return found


def left(machine: Machine, before: Traces, seconds: float = 5.0) -> list[str]:
    """What the run has left on the runner, once it has had time to go."""
    deadline = time.monotonic() + seconds
    while (found := Traces.of(machine).since(before)) and time.monotonic() < deadline:
        time.sleep(0.1)
    files = leaks.in_files(leaks.handed_out(), machine, before.at)
    return found + [f"a secret in {file}" for file in sorted(files)]


def _processes(machine: Machine) -> Iterator[str]:
    inode = processes.namespace(machine.pid, "pid")
    for pid in processes.all_pids():
        if processes.namespace(pid, "pid") == inode:
            with contextlib.suppress(OSError):
                yield f"{pid} {Path(f'/proc/{pid}/cmdline').read_text(errors='replace').replace(chr(0), ' ')}"


def run(app: App, phase: Phase, namespace: str, how: str, machine: Machine) -> Ended:
    """The phase's workflow, its action ended once the phase is reached."""
    _write(app, phase, namespace, phase.files)
    application.commit(app.folder, f"{phase.action}, {phase.name}, {how}")
    with contextlib.ExitStack() as stack:
        hold = stack.enter_context(active.struck(phase.hold[0], **phase.hold[1])) if phase.hold else None
        before = set(_runs())
        command = _start(app)
        folder = _new_run(command, before)
        _wait(command, folder, hold, phase.shows)
        began = time.monotonic()
        _strike(command, phase, how, machine)
        command.wait(timeout=60)
        seconds = time.monotonic() - began
    conclusion, jobs = results.read(folder)
    return Ended(result=RunResult(conclusion, jobs, folder), seconds=seconds)


def run_again(app: App, phase: Phase, namespace: str) -> RunResult:
    _write(app, phase, namespace, phase.again)
    return app.push("Again")


def _write(app: App, phase: Phase, namespace: str, files: Mapping[str, str]) -> None:
    text = workflow(*phase.steps, environment="dev").replace("NAMESPACE", namespace)
    text = text.replace(f"  id: {phase.action}\n", "  id: killed\n")
    app.write(application.WORKFLOW, text + LOOK)
    for name, content in files.items():
        app.write(name, content)


def _runs() -> list[Path]:
    return list((paths.state() / "runs").iterdir())


def _start(app: App) -> "subprocess.Popen[bytes]":
    # A shell's background jobs ignore SIGINT, and so would the run that a test is to cancel.
    argv = ["env", "--default-signal=INT", sys.executable, "-m", "testbed.cli"]
    argv += ["run", str(app.folder / application.WORKFLOW)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    return subprocess.Popen(
        [*argv, "--repository", str(app.folder)],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _new_run(command: "subprocess.Popen[bytes]", before: set[Path]) -> Path:
    deadline = time.monotonic() + REACH_SECONDS
    while True:
        new = set(_runs()) - before
        if new and (log := new.pop() / "runner.log").exists():
            return log.parent
        assert command.poll() is None, "the run never began"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _wait(command: "subprocess.Popen[bytes]", folder: Path, hold: active.Struck | None, shows: str) -> None:
    """Until the phase is reached."""
    deadline = time.monotonic() + REACH_SECONDS
    while not _reached(folder, hold, shows):
        log = (folder / "runner.log").read_text()
        assert command.poll() is None, f"the phase was never reached:\n{log}"
        assert time.monotonic() < deadline, log
        time.sleep(0.05)


def _reached(folder: Path, hold: active.Struck | None, shows: str) -> bool:
    if hold is not None:
        return active.calls(hold) > 0
    # The workflow's own text is in the log before any of its output is.
    return any(
        shows in line and "RUN" not in line for line in (folder / "runner.log").read_text().splitlines()
    )


def _strike(command: "subprocess.Popen[bytes]", phase: Phase, how: str, machine: Machine) -> None:
    if how == "cancel":
        command.send_signal(signal.SIGINT)  # Ctrl-C is what a user's click is on GitHub
    elif phase.action == "eks-deploy":
        script = f"docker kill --signal={how} $(docker ps --quiet)"
        machine.run(["sh", "-c", script], check=True, capture_output=True)
    else:
        pattern = f"_actions/org/{phase.action}/v1/entrypoint.py"
        machine.run(["pkill", f"-{how}", "--full", pattern], check=True)

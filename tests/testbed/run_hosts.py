"""Where a workflow can run: a runner's machine of the testbed, or plain folders for tests without one."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from testbed import doctor, net, organisation, paths, processes, topology
from testbed.errors import TestbedError
from testbed.runner_host import act as binary
from testbed.runner_host import kinds, layout
from testbed.runner_host.machine import Machine

TOKEN_SERVICE = "https://run-actions-1-azure-eastus.actions.githubusercontent.com"
SIMULATOR, ACT = "simulator", "act"


@dataclass(frozen=True)
class Program:
    """Which runner program; `name` is empty where the simulator goes first, and act if it can't.

    image: for act, the container image that jobs run in instead of on the host itself.
    """

    name: str = ""
    image: str = ""

    def arguments(self, act: str) -> list[str]:
        """Python's: it reads its configuration from stdin, so that no secret is in a file."""
        named = ["-m", "testbed.act", "--act", act] if self.name == ACT else ["-m", "testbed.simulator"]
        image = ["--image", self.image] if self.image else []
        return ["-P", *named, *image, "--config", "-"]


class Host(Protocol):
    @property
    def owner(self) -> str:
        """The GitHub organisation whose repositories are run here."""

    @property
    def program(self) -> Program:
        """The runner program that runs there."""

    def on(self, name: str) -> "Host":
        """The same host with that runner program."""

    @property
    def github(self) -> Path:
        """Bare repositories, seen from outside."""

    @property
    def runs(self) -> Path:
        """Runs' folders, seen from outside."""

    def inside(self, path: Path) -> str:
        """A path below `github` or `runs` as the runner program sees it."""

    def settings(self) -> dict[str, Any]:
        """What the runner program's configuration says about this host."""

    def start(self, workflow: str, **options: Any) -> "subprocess.Popen[str]":
        """The runner program, which waits for its configuration."""

    def interrupt(self, process: "subprocess.Popen[str]") -> None:
        """What a user's cancellation does."""


@dataclass(frozen=True)
class RunnerMachine:
    """A runner host of the testbed, which must be up."""

    name: str
    program: Program = Program()

    @classmethod
    def named(cls, name: str, program: Program | None = None) -> "RunnerMachine":
        """That of the name; the organisation's first for an empty one."""
        return cls(name or organisation.load().default_runner.name, program or Program())

    @property
    def owner(self) -> str:
        return organisation.load().github

    def on(self, name: str) -> "RunnerMachine":
        return replace(self, program=replace(self.program, name=name))

    @property
    def github(self) -> Path:
        return paths.state() / "github"

    @property
    def runs(self) -> Path:
        return paths.state() / "runs"

    def inside(self, path: Path) -> str:
        return str(Path("/srv") / path.relative_to(paths.state()))

    def settings(self) -> dict[str, Any]:
        doctor.require_root()
        if not net.whole("router", topology.ROUTER):
            raise TestbedError("the testbed is not up", "`./testbed up` starts it.")
        kinds.machine(organisation.load(), self.name)  # some are booted on first use
        credential = paths.runner(self.name) / "credential"
        if not credential.exists():
            raise TestbedError(f"the runner {self.name} is not registered", "`./testbed up` starts it.")
        return {
            "work": str(layout.WORK),
            "github": "/srv/github",
            "actions": "/srv/actions",
            "runs": "/srv/runs",
            "runner_name": self.name,
            "env_file": str(layout.ENV_FILE),
            "job_started_hook": str(layout.JOB_STARTED_HOOK),
            "token_service": {
                "url": TOKEN_SERVICE,
                "credential": credential.read_text().strip(),
                "ca_file": str(layout.CA),
            },
        }

    def start(self, workflow: str, **options: Any) -> "subprocess.Popen[str]":
        machine = Machine(self.name)
        act = binary.install(machine) if self.program.name == ACT else ""
        argv = ["python3", *self.program.arguments(act), workflow]
        python = {"PYTHONPATH": str(layout.LIBRARIES), "PYTHONPYCACHEPREFIX": str(layout.BYTECODE)}
        env = {**python, "SHELL": "/bin/bash"}
        return machine.popen(argv, env=env, start_new_session=True, **options)

    def interrupt(self, process: "subprocess.Popen[str]") -> None:
        for child in processes.children(process.pid):  # nsenter's child is the program itself
            os.kill(child, signal.SIGINT)


@dataclass(frozen=True)
class LocalFolders:
    """No namespaces, no services: the current user in folders below `root`."""

    root: Path
    path: str = ""  # PATH instead of this process's
    owner: str = "org"
    program: Program = Program()

    def on(self, name: str) -> "LocalFolders":
        return replace(self, program=replace(self.program, name=name))

    @property
    def github(self) -> Path:
        return self.root / "github"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def inside(self, path: Path) -> str:
        return str(path)

    def settings(self) -> dict[str, Any]:
        names = ("work", "github", "actions", "runs")
        home = self.root / "home"
        home.mkdir(parents=True, exist_ok=True)
        environment = {"PATH": self.path or os.environ["PATH"], "HOME": str(home)}
        return {**{name: str(self.root / name) for name in names}, "environment": environment}

    def start(self, workflow: str, **options: Any) -> "subprocess.Popen[str]":
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(paths.PACKAGE.parent)}
        act = binary.built() if self.program.name == ACT else ""
        argv = [sys.executable, *self.program.arguments(act), workflow]
        return subprocess.Popen(argv, env=env, start_new_session=True, **options)

    def interrupt(self, process: "subprocess.Popen[str]") -> None:
        process.send_signal(signal.SIGINT)

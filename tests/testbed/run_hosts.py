"""Where a workflow can run: a runner's machine of the testbed, or plain folders for tests without one."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from testbed import doctor, net, organisation, paths, processes, topology
from testbed.errors import TestbedError
from testbed.runner_host import kinds, layout
from testbed.runner_host.machine import Machine

TOKEN_SERVICE = "https://run-actions-1-azure-eastus.actions.githubusercontent.com"
PROGRAM = ["-P", "-m", "testbed.simulator", "--config", "-"]


class Host(Protocol):
    @property
    def owner(self) -> str:
        """The GitHub organisation whose repositories are run here."""

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
        """The runner program; it reads its configuration from stdin, so that no secret is in a file."""

    def interrupt(self, process: "subprocess.Popen[str]") -> None:
        """What a user's cancellation does."""


@dataclass(frozen=True)
class RunnerMachine:
    """A runner host of the testbed, which must be up."""

    name: str

    @classmethod
    def named(cls, name: str) -> "RunnerMachine":
        """That of the name; the organisation's first for an empty one."""
        return cls(name or organisation.load().default_runner.name)

    @property
    def owner(self) -> str:
        return organisation.load().github

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
        argv = ["python3", *PROGRAM, workflow]
        env = {"PYTHONPATH": str(layout.LIBRARIES), "SHELL": "/bin/bash"}
        return Machine(self.name).popen(argv, env=env, start_new_session=True, **options)

    def interrupt(self, process: "subprocess.Popen[str]") -> None:
        for child in processes.children(process.pid):  # nsenter's child is the program itself
            os.kill(child, signal.SIGINT)


@dataclass(frozen=True)
class LocalFolders:
    """No namespaces, no services: the current user in folders below `root`."""

    root: Path
    path: str = ""  # PATH instead of this process's
    owner: str = "org"

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
        argv = [sys.executable, *PROGRAM, workflow]
        return subprocess.Popen(argv, env=env, start_new_session=True, **options)

    def interrupt(self, process: "subprocess.Popen[str]") -> None:
        process.send_signal(signal.SIGINT)

"""A runner's machine from outside: run a program in it, look at its files."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from testbed import organisation, units
from testbed.errors import TestbedError
from testbed.runner_host.layout import unit_name

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid")


class Machine:
    def __init__(self, name: str = "") -> None:
        """The organisation's first runner unless named."""
        self.name = name or organisation.load().default_runner.name

    @property
    def pid(self) -> int:
        """Its first process, as this machine numbers it."""
        pid = units.first_process(unit_name(self.name))
        if pid is None:
            raise TestbedError(
                f"the runner's machine {self.name} is not running", "`./testbed up` starts it."
            )
        return pid

    @property
    def root(self) -> Path:
        """Its root directory, seen from outside."""
        return Path(f"/proc/{self.pid}/root")

    def run(
        self,
        argv: Sequence[str],
        *,
        user: str = "runner",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        **options: Any,
    ) -> subprocess.CompletedProcess[Any]:
        """subprocess.run inside: `env` adds to a login environment, `cwd` is a path in the machine."""
        command = self.command(argv, user, cwd)
        return subprocess.run(
            command, env=environment(user, env), check=options.pop("check", False), **options
        )

    def popen(
        self,
        argv: Sequence[str],
        *,
        user: str = "runner",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        **options: Any,
    ) -> subprocess.Popen[Any]:
        """subprocess.Popen inside, as `run`. If the process outside is killed, so is the one inside."""
        return subprocess.Popen(self.command(argv, user, cwd), env=environment(user, env), **options)

    def command(self, argv: Sequence[str], user: str = "runner", cwd: str | None = None) -> list[str]:
        """The argv that runs `argv` inside. Secrets belong into the environment."""
        enter = ["nsenter", f"--target={self.pid}", *NAMESPACES, "--"]
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--pdeathsig=KILL", "--"]
        return [*enter, *become, "env", f"--chdir={cwd or home(user)}", *argv]


def environment(user: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """A login's environment, never that of the caller."""
    login = {"PATH": SYSTEM_PATH, "HOME": home(user), "USER": user, "LOGNAME": user, "LANG": "C.UTF-8"}
    terminal = {"TERM": os.environ["TERM"]} if "TERM" in os.environ else {}
    return {**terminal, **login, **(env or {})}


def home(user: str) -> str:
    return "/root" if user == "root" else f"/home/{user}"

"""Calls of the docker client that the runner makes for itself, shown in the log.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Container/DockerCommandManager.cs
"""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import processes
from .docker import docker, image_label
from .environment import process_environment
from .errors import StepFailure
from .processes import Handlers, Stop
from .state import Frame

ATTEMPTS = 3


class Docker:
    """The client, called for one step of the runner's own."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._program = docker(frame.job)
        self.label = image_label(frame.job.config)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self._frame.job.log.write(f"##[group]{title}")
        try:
            yield
        finally:
            self._frame.job.log.write("##[endgroup]")

    def run(self, *arguments: str) -> tuple[int, list[str]]:
        """Exit code and lines. A cancelled job ends the client."""
        return self._call(arguments, self._frame.stop_requested)

    def ask(self, *arguments: str) -> list[str]:
        """Goes on when the job is cancelled, or what was made would be forgotten."""
        return self._checked(arguments, *self._call(arguments, lambda: False))

    def need(self, *arguments: str) -> list[str]:
        return self._checked(arguments, *self.run(*arguments))

    def _call(self, arguments: tuple[str, ...], stopped: Callable[[], bool]) -> tuple[int, list[str]]:
        job, found = self._frame.job, list[str]()
        argv = [self._program, *arguments]
        job.log.write("##[command]" + shlex.join(argv))

        def line(text: str) -> None:
            """To the log as it is: no commands are looked for in it."""
            job.log.write(text)
            if text:
                found.append(text)

        stop = Stop(stopped, job.config.sigint_seconds, job.config.sigterm_seconds)
        env = process_environment(job, {})
        return processes.run(argv, env, job.config.work, Handlers(line, line), stop), found

    @staticmethod
    def _checked(arguments: tuple[str, ...], code: int, lines: list[str]) -> list[str]:
        if code:
            raise StepFailure(f"Docker {arguments[0]} failed with exit code {code}")
        return lines

    def try_to(self, what: str, *arguments: str) -> None:
        code, _ = self.run(*arguments)
        if code:
            self._frame.warning(f"{what} fail with exit code {code}")

    def pull(self, image: str, configuration: list[str]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            code, _ = self.run(*configuration, "pull", image)
            if not code:
                return
            if attempt < ATTEMPTS:
                self._frame.warning(f"Docker pull failed with exit code {code}, back off before retry.")
        raise StepFailure(f"Docker pull failed with exit code {code}")

    def login(self, folder: Path, registry: str, username: str, password: str) -> None:
        """The password goes through stdin, and what the client makes of it into a folder of its own."""
        arguments = ["--config", str(folder), "login", *filter(None, [registry])]
        argv = [self._program, *arguments, "-u", username, "--password-stdin"]
        job = self._frame.job
        job.log.write("##[command]" + shlex.join(argv))
        env = process_environment(job, {})
        done = subprocess.run(argv, input=password, env=env, capture_output=True, text=True, check=False)
        for line in (done.stdout + done.stderr).splitlines():
            job.log.write(line)
        if done.returncode:
            raise StepFailure(f"Docker login for '{registry}' failed with exit code {done.returncode}")

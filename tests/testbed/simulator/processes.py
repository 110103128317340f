"""A step's process: its output line by line, and the way in which the runner ends it.

https://github.com/actions/runner/blob/main/src/Runner.Sdk/ProcessInvoker.cs
"""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .errors import StepCancelled, StepFailure

STREAMS = 2
STREAM_GRACE = 5.0  # a background child may keep the streams open: the runner waits this long after the exit


@dataclass(frozen=True)
class Stop:
    """When to end a process early, and how patiently."""

    requested: Callable[[], bool]
    sigint_seconds: float
    sigterm_seconds: float


@dataclass(frozen=True)
class Handlers:
    stdout: Callable[[str], None]
    stderr: Callable[[str], None]


def run(argv: Sequence[str], env: Mapping[str, str], cwd: Path, handlers: Handlers, stop: Stop) -> int:
    """The exit code. Raises StepCancelled when it was stopped."""
    try:
        # A session of its own: Ctrl-C must reach the runner alone, which then signals in its order.
        process = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise StepFailure(
            f"An error occurred trying to start process '{argv[0]}' in '{cwd}'. {error}"
        ) from error
    streams = _Streams(process, handlers)
    while process.poll() is None:
        if streams.open:
            streams.wait(0.05)
        else:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        if stop.requested():
            _end(process, stop, streams)
            streams.finish()
            raise StepCancelled
    streams.finish()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


class _Streams:
    """Both streams are read at once; of what has arrived, stderr is handled before stdout."""

    def __init__(self, process: "subprocess.Popen[bytes]", handlers: Handlers) -> None:
        self._handlers = handlers
        self._stdout: deque[str] = deque()
        self._stderr: deque[str] = deque()
        self._arrived = threading.Event()
        pairs = ((process.stdout, self._stdout), (process.stderr, self._stderr))
        self._ended: list[IO[bytes]] = []
        for pair in pairs:
            threading.Thread(target=self._read, args=pair, daemon=True).start()

    def _read(self, stream: IO[bytes], lines: deque[str]) -> None:
        for raw in stream:
            lines.append(raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"))
            self._arrived.set()
        self._ended.append(stream)
        self._arrived.set()

    @property
    def open(self) -> bool:
        """Whether more can come."""
        return len(self._ended) < STREAMS

    def wait(self, seconds: float) -> None:
        if self._arrived.wait(seconds):
            self._arrived.clear()
            self._handle()

    def _handle(self) -> None:
        for lines, handler in ((self._stderr, self._handlers.stderr), (self._stdout, self._handlers.stdout)):
            for _ in range(len(lines)):
                handler(lines.popleft())

    def finish(self) -> None:
        deadline = time.monotonic() + STREAM_GRACE
        while self.open and time.monotonic() < deadline:
            self.wait(0.02)
        self._handle()


def _end(process: "subprocess.Popen[bytes]", stop: Stop, streams: _Streams) -> None:
    """SIGINT to the first process only, then SIGTERM, then the end of its whole tree."""
    for number, seconds in ((signal.SIGINT, stop.sigint_seconds), (signal.SIGTERM, stop.sigterm_seconds)):
        process.send_signal(number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return
            streams.wait(0.02)
    for pid in [*descendants(process.pid), process.pid]:
        kill(pid)
    process.wait()


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # gone already, or not ours


def descendants(pid: int) -> Iterator[int]:
    """Children before parents."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from descendants(int(child))
        yield int(child)


def tracked(tracking_id: str) -> Iterator[int]:
    """Processes that a job left behind: the runner marks them by RUNNER_TRACKING_ID in their environment."""
    mark = f"RUNNER_TRACKING_ID={tracking_id}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue

"""The only subprocess call: a child gets a listed environment, and its output never speaks to the runner."""

import codecs
import os
import selectors
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from actionkit.errors import ActionError
from actionkit.runner import Runner

# What a program needs to run at all, to reach the network, and to trust what it reaches. Nothing of the
# workflow's: no inputs, no ID token request variables, no keys.
ENVIRONMENT = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR"),
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
    ),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    # By it the runner finds at a job's end what a killed step has left running.
    # https://github.com/actions/runner/blob/main/src/Runner.Worker/JobExtension.cs
    "RUNNER_TRACKING_ID",
)
KEPT_LINES = 5000
# A daemon that the child left behind may hold the pipe open for ever; the child itself is what we waited for.
DRAIN_SECONDS = 1.0
# SIGINT, SIGTERM, SIGKILL to the whole group: within the 7.5 s that the runner leaves a cancelled step.
KILL_AFTER = ((signal.SIGINT, 3.0), (signal.SIGTERM, 2.0), (signal.SIGKILL, 1.0))


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A child that ended. `output`: both streams as they came, secrets struck out. `stdout`: with `show` the
    same, else standard output alone, untouched, for reading by a program."""

    exit_code: int
    output: str
    stdout: str
    seconds: float

    def tail(self, lines: int) -> str:
        return "\n".join(self.output.splitlines()[-lines:])


def tool_environment(environ: Mapping[str, str], *extra_names: str) -> dict[str, str]:
    """The allow-listed part of `environ` for a child, with `extra_names` that this tool needs."""
    return {name: environ[name] for name in (*ENVIRONMENT, *extra_names) if name in environ}


class Process:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def run(  # noqa: PLR0913 - subprocess.run's own words
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        stdin: bytes | None = None,
        timeout: float | None = None,
        show: bool = True,
    ) -> Completed:
        """Run to the end; an exit code other than 0 is the caller's to judge.

        `env` is all of the child's environment (`tool_environment`). `show` streams both outputs to the log
        as they come. `timeout` in seconds raises ActionError. On cancellation, a timeout or another
        exception the child's whole process group ends before this returns.
        """
        started = time.monotonic()
        with _started(argv, env, cwd, merged=show, stdin=stdin) as child:
            shown = self._runner.stopped_commands() if show else nullcontext(_discard)
            with shown as write:
                output, stdout = _collect(child, write, show=show, end=timeout and started + timeout)
        return Completed(
            exit_code=child.returncode,
            output=self._runner.redact(output),
            stdout=self._runner.redact(output) if show else stdout,
            seconds=time.monotonic() - started,
        )


def _discard(_text: str) -> None:
    return


@contextmanager
def _started(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, *, merged: bool, stdin: bytes | None
) -> Iterator["subprocess.Popen[bytes]"]:
    try:
        child = subprocess.Popen(  # noqa: S603 - argv lists only, never a shell
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise _cannot_start(argv[0], error) from None
    if stdin is not None:
        threading.Thread(target=_feed, args=(child, stdin), daemon=True).start()
    try:
        yield child
    except BaseException:
        _end(child)
        raise
    finally:
        for pipe in (child.stdout, child.stderr):
            if pipe:
                pipe.close()


def _feed(child: "subprocess.Popen[bytes]", data: bytes) -> None:
    # A child that stops reading early (head, a failed login) says why on its own.
    with suppress(OSError, ValueError):
        if child.stdin:
            child.stdin.write(data)
            child.stdin.close()


def _collect(
    child: "subprocess.Popen[bytes]", write: Callable[[str], None], *, show: bool, end: float | None
) -> tuple[str, str]:
    """(output, stdout) once the child has ended."""
    kept: deque[str] = deque(maxlen=KEPT_LINES if show else None)
    stdout: list[str] = []
    for is_stdout, line in _lines(child, end):
        write(line)
        kept.append(line)
        if is_stdout and not show:
            stdout.append(line)
    if kept and not kept[-1].endswith("\n"):
        write("\n")
    return "".join(kept), "".join(stdout)


def _lines(child: "subprocess.Popen[bytes]", end: float | None) -> Iterator[tuple[bool, str]]:
    """Whole lines of both pipes as they come, and what is left at the end: (from stdout, text)."""
    with selectors.DefaultSelector() as selector:
        for pipe in (child.stdout, child.stderr):
            if pipe:
                decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
                selector.register(pipe, selectors.EVENT_READ, _Buffer(decoder, pipe is child.stdout))
        quiet_since: float | None = None
        while selector.get_map() or child.poll() is None:
            if end is not None and time.monotonic() > end:
                raise _timed_out(child)
            # With both pipes closed early there is nothing to select on, and this only waits for the end.
            events = selector.select(0.1)
            for key, _ in events:
                buffer: _Buffer = key.data
                chunk = os.read(key.fd, 65536)
                yield from ((buffer.is_stdout, line) for line in buffer.feed(chunk))
                if not chunk:
                    selector.unregister(key.fileobj)
            if events or child.poll() is None:
                quiet_since = None
            elif (quiet_since := quiet_since or time.monotonic()) + DRAIN_SECONDS < time.monotonic():
                break
    child.wait()


class _Buffer:
    """Bytes of one pipe into whole lines."""

    def __init__(self, decoder: codecs.IncrementalDecoder, is_stdout: bool) -> None:
        self._decoder = decoder
        self._rest = ""
        self.is_stdout = is_stdout

    def feed(self, chunk: bytes) -> list[str]:
        """Whole lines so far; an empty chunk is the pipe's end and gives what is left."""
        self._rest += self._decoder.decode(chunk, final=not chunk)
        if not chunk:
            last, self._rest = self._rest, ""
            return [last] if last else []
        *whole, self._rest = self._rest.split("\n")
        return [f"{line}\n" for line in whole]


def _end(child: "subprocess.Popen[bytes]") -> None:
    for number, patience in KILL_AFTER:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(patience)
            break
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _cannot_start(program: str, error: OSError) -> ActionError:
    if isinstance(error, FileNotFoundError) and error.filename == program:
        return ActionError(
            f"{program} is not installed",
            f"The program `{program}` isn't on this runner's PATH.",
            f"Install {program} on the runner, or run the job on a runner that has it.",
        )
    return ActionError(f"{program} can't be started", f"Starting `{program}` failed: {error}.")


def _timed_out(child: "subprocess.Popen[bytes]") -> ActionError:
    program = child.args[0] if isinstance(child.args, list) else "the program"
    return ActionError(
        f"{program} took too long", f"`{program}` didn't end in the time that it was given, and was stopped."
    )

"""Stand-ins for the world: a runner over a temporary folder, a clock that tests turn, scripted programs."""

import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from actionkit.process import Completed, Process
from actionkit.runner import Runner

BEGIN = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
HEREDOC = re.compile(
    r"^(?P<name>[^\n=]+?)<<(?P<end>[^\n]+)\n(?P<value>.*?)\n(?P=end)$", re.DOTALL | re.MULTILINE
)
COMMAND = re.compile(r"^::(?P<name>[a-z-]+)(?: (?P<properties>[^\n]*?))?::(?P<message>.*)$")
# A step's process has its environment from the runner, so what a test sets for the process counts for both.
INHERITED = re.compile("^AWS_|_proxy$", re.IGNORECASE)


@dataclass(frozen=True)
class Annotation:
    kind: str
    message: str
    title: str = ""
    file: str = ""
    line: str = ""


class FakeRunner(Runner):
    """The real Runner over temporary files; what it said can be read back from its properties."""

    def __init__(
        self,
        inputs: Mapping[str, str] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        id_tokens: Sequence[str | Exception] = (),
    ) -> None:
        self._keep = tempfile.TemporaryDirectory(prefix="eks-actions-test-")
        self.folder = Path(self._keep.name)
        self.stdout = io.StringIO()
        self._id_tokens = list(id_tokens)
        self.audiences: list[str] = []
        super().__init__(runner_environment(self.folder, inputs or {}, environ or {}), self.stdout)

    def id_token(self, audience: str) -> str:
        """The next of `id_tokens`; without any, the real request."""
        if not self._id_tokens:
            return super().id_token(audience)
        self.audiences.append(audience)
        answer = self._id_tokens.pop(0) if len(self._id_tokens) > 1 else self._id_tokens[0]
        if isinstance(answer, Exception):
            raise answer
        self.add_mask(answer)
        return answer

    @property
    def log(self) -> str:
        return self.stdout.getvalue()

    @property
    def outputs(self) -> dict[str, str]:
        return key_values(self.folder / "output")

    @property
    def exported(self) -> dict[str, str]:
        return key_values(self.folder / "env")

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text()

    @property
    def masks(self) -> list[str]:
        return [message for name, _, message in commands(self.log) if name == "add-mask"]

    @property
    def annotations(self) -> list[Annotation]:
        kinds = ("error", "warning", "notice")
        return [
            Annotation(name, text, **properties)
            for name, properties, text in commands(self.log)
            if name in kinds
        ]


class FakeClock:
    """Time passes only by sleeping, or by `advance`."""

    def __init__(self, utc: datetime = BEGIN) -> None:
        self._begin = utc
        self._passed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self._passed

    def utc(self) -> datetime:
        return self._begin + timedelta(seconds=self._passed)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._passed += seconds

    def advance(self, seconds: float) -> None:
        self._passed += seconds


@dataclass(frozen=True, kw_only=True)
class Call:
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path | None
    stdin: bytes | None
    timeout: float | None
    show: bool


Answer = Completed | Exception | Callable[[Call], Completed]


class FakeProcess(Process):
    """Answers by the longest matching beginning of argv; a list is used up in order, its last one stays."""

    def __init__(
        self, answers: Mapping[tuple[str, ...], Answer | list[Answer]], runner: Runner | None = None
    ) -> None:
        super().__init__(runner or FakeRunner())
        self._answers = {
            key: list(value) if isinstance(value, list) else [value] for key, value in answers.items()
        }
        self.calls: list[Call] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        stdin: bytes | None = None,
        timeout: float | None = None,
        show: bool = True,
    ) -> Completed:
        call = Call(argv=tuple(argv), env=dict(env), cwd=cwd, stdin=stdin, timeout=timeout, show=show)
        self.calls.append(call)
        fitting = [key for key in self._answers if call.argv[: len(key)] == key]
        if not fitting:
            raise AssertionError(f"no answer for {' '.join(call.argv)}")
        script = self._answers[max(fitting, key=len)]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Completed) else answer(call)


def completed(stdout: str = "", exit_code: int = 0, *, stderr: str = "") -> Completed:
    return Completed(exit_code=exit_code, output=stdout + stderr, stdout=stdout, seconds=0.1)


def runner_environment(folder: Path, inputs: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """What a runner sets for a composite's step, its files made below `folder`."""
    for name in ("temp", "workspace"):
        (folder / name).mkdir(exist_ok=True)
    for name in ("output", "env", "summary"):
        (folder / name).touch()
    return {
        "ACTION_INPUTS": json.dumps(dict(inputs)),
        "GITHUB_ACTIONS": "true",
        "GITHUB_ENV": str(folder / "env"),
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REPOSITORY": "org/app",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1000",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_WORKFLOW": "deploy",
        "GITHUB_WORKSPACE": str(folder / "workspace"),
        "RUNNER_TEMP": str(folder / "temp"),
        **{name: value for name, value in os.environ.items() if INHERITED.search(name)},
        **more,
    }


def key_values(file: Path) -> dict[str, str]:
    """A GITHUB_OUTPUT or GITHUB_ENV file as the runner reads it."""
    text = file.read_bytes().decode()
    return {m["name"]: m["value"] for m in HEREDOC.finditer(text)}


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands in a log, unescaped: (name, properties, message); stopped ones are left out."""
    found: list[tuple[str, dict[str, str], str]] = []
    resume = ""
    for line in log.splitlines():
        match = COMMAND.match(line)
        if resume or not match:
            resume = "" if line == f"::{resume}::" else resume
        elif match["name"] == "stop-commands":
            resume = match["message"]
        else:
            pairs = (pair.partition("=") for pair in (match["properties"] or "").split(",") if pair)
            properties = {key: _unescape(value) for key, _, value in pairs}
            found.append((match["name"], properties, _unescape(match["message"])))
    return found


def _unescape(text: str) -> str:
    for escaped, plain in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, plain)
    return text

"""The runner's side of a step: log, annotations, masks, outputs, environment, summary, ID token.

The only importer of actions_toolkit, and of it only what is light and has no network.
"""

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from actions_toolkit.command import Command
from actions_toolkit.file_command import prepare_key_value_message

from actionkit import id_token, inputs, markdown
from actionkit.context import GithubContext
from actionkit.errors import ActionError

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
ANNOTATION_CHARACTERS = 4096
SUMMARY_BYTES = 1024 * 1024
# What the runner would take for a command: `::name` at a line's start (a carriage return begins one too),
# `##[name]` anywhere.
COMMAND_LIKE = re.compile(r"(?:^|[\r\n])\s*::|##\[")


class Runner:
    """Everything a step says to the runner goes through one object, so tests can read it back."""

    def __init__(self, environ: Mapping[str, str], stdout: TextIO, *, container: bool = False) -> None:
        self.environ = environ
        self.inputs = inputs.raw(environ, container=container)
        self.context = GithubContext.from_environment(environ)
        self.temp = self._folder("RUNNER_TEMP")
        self.workspace = self._folder("GITHUB_WORKSPACE")
        self._stdout = stdout
        self._masked: list[str] = []
        self._lock = threading.RLock()
        self._stops = 0
        self._stop_token = ""

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], stdout: TextIO, *, container: bool = False
    ) -> "Runner":
        return cls(environ, stdout, container=container)

    def set_output(self, name: str, value: str) -> None:
        self._append("GITHUB_OUTPUT", prepare_key_value_message(name, value) + "\n")

    def export(self, values: Mapping[str, str]) -> None:
        """Environment variables for the job's later steps; this process keeps its own environment.

        All in one write: half of a key pair is worse than none.
        """
        text = "".join(f"{prepare_key_value_message(name, value)}\n" for name, value in values.items())
        if text:
            self._append("GITHUB_ENV", text)

    def add_mask(self, value: str) -> None:
        """Hide a secret in every log from here on, each line of it on its own.

        The runner masks the lines of a multi-line secret one by one, with no minimum length: a JSON document
        would make `{` a secret and drop every output that has a brace. Lines without a letter or digit stay.
        """
        for line in value.splitlines():
            part = line.strip()
            if any(c.isalnum() for c in part) and part not in self._masked:
                self._masked.append(part)
                self._command("add-mask", part)

    def redact(self, text: str) -> str:
        """`text` without anything that was masked: for what leaves by another way than the log."""
        for secret in sorted(self._masked, key=len, reverse=True):
            for written in (secret, markdown.escape(secret), markdown.code_text(secret)):
                text = text.replace(written, "***")
        return text

    def info(self, text: str = "") -> None:
        """Plain text for the log; nothing in it is taken for a command, wherever it came from."""
        if COMMAND_LIKE.search(text):
            with self.stopped_commands() as write:
                write(f"{text}\n")
        else:
            self._write(f"{text}\n")

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self._command("group", " ".join(title.split()))
        try:
            yield
        finally:
            self._command("endgroup", "")

    def notice(
        self, message: str, *, title: str = "", file: str | None = None, line: int | None = None
    ) -> None:
        self._annotate("notice", message, {"title": title, "file": file, "line": line})

    def warning(
        self, message: str, *, title: str = "", file: str | None = None, line: int | None = None
    ) -> None:
        self._annotate("warning", message, {"title": title, "file": file, "line": line})

    def error(
        self, message: str, *, title: str = "", file: str | None = None, line: int | None = None
    ) -> None:
        self._annotate("error", message, {"title": title, "file": file, "line": line})

    def append_summary(self, text: str) -> None:
        """Add Markdown to the step's summary; cut, with a note, where the runner would drop all (1 MiB).

        A summary that can't be written (a full disk) is a warning: the step's result doesn't depend on it.
        """
        name = self.environ.get("GITHUB_STEP_SUMMARY", "")
        if not name:
            return
        path = Path(name)
        try:
            used = path.stat().st_size if path.exists() else 0
            self._append(
                "GITHUB_STEP_SUMMARY", _fit(self.redact(text).rstrip("\n") + "\n\n", SUMMARY_BYTES - used)
            )
        except OSError as error:
            self.warning(f"The summary couldn't be written: {error.strerror}.", title="No job summary")

    def id_token(self, audience: str) -> str:
        """A fresh ID token (JWT) of this job for `audience`, masked. Tokens live minutes: one per use."""
        token = id_token.request(self.environ, audience)
        self.add_mask(token)
        return token

    @contextmanager
    def stopped_commands(self) -> Iterator[Callable[[str], None]]:
        """A writer for text that isn't ours: within, the runner takes no line of it for a command.

        Several threads may be within: the runner listens again once the last of them has left.
        """
        with self._lock:
            if not self._stops:
                token = secrets.token_hex(16)
                self._command("stop-commands", token)
                self._stop_token = token
            self._stops += 1
        try:
            yield self._write
        finally:
            with self._lock:
                self._stops -= 1
                if not self._stops:
                    token, self._stop_token = self._stop_token, ""
                    self._command(token, "")

    def _annotate(self, kind: str, message: str, properties: Mapping[str, str | int | None]) -> None:
        message = self.redact(message)
        if len(message) > ANNOTATION_CHARACTERS:
            self.info(message)
            message = message[: ANNOTATION_CHARACTERS - 20] + "… (all in the log)"
        # actions_toolkit prints empty properties, and `escape_property` wants text.
        given = {key: str(value) for key, value in properties.items() if value not in (None, "")}
        self._command(kind, message, given)

    def _command(self, name: str, message: str, properties: Mapping[str, str] | None = None) -> None:
        line = f"{Command(name, dict(properties or {}), message)}\n"
        with self._lock:
            if self._stop_token:
                # Our own command inside somebody else's output: listen for the length of one line.
                line = f"::{self._stop_token}::\n{line}::stop-commands::{self._stop_token}\n"
            self._write(line)

    def _write(self, text: str) -> None:
        with self._lock:
            self._stdout.write(text)
            # A mask that sits in our buffer while a child prints the secret is no mask.
            self._stdout.flush()

    def _append(self, variable: str, text: str) -> None:
        name = self.environ.get(variable, "")
        if not name:
            raise _not_a_runner(variable)
        # A file's name may be no text (lone surrogates), and must not cost the report that names it.
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)

    def _folder(self, variable: str) -> Path:
        if not self.environ.get(variable):
            raise _not_a_runner(variable)
        return Path(self.environ[variable])


def _fit(text: str, room: int) -> str:
    encoded = text.encode(errors="backslashreplace")
    if len(encoded) <= room:
        return text
    note = "\n\n_The rest is in the log: a summary holds at most 1 MiB._\n"
    kept = encoded[: max(0, room - len(note) - len("\n```"))].decode(errors="ignore")
    kept = kept[: kept.rfind("\n") + 1]
    return f"{kept}```{note}" if kept.count("```") % 2 else f"{kept}{note}" if kept else ""


def _not_a_runner(variable: str) -> ActionError:
    return ActionError(
        "Not inside a runner",
        f"The variable {variable} isn't set, and a GitHub Actions runner always sets it.",
        "Run this as a step of a workflow (`uses: …`), or locally with `./testbed run WORKFLOW`.",
    )

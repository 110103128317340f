"""A process's lines: commands are carried out, everything else goes to the log.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs
"""

import os
from collections.abc import Callable
from pathlib import Path

from .commands import Command, parse
from .errors import StepFailure
from .results import Annotation
from .state import Frame

STOP = "stop-commands"
OMIT_ECHO = ("add-mask", "debug", "error", "warning", "notice")
DISABLED = (
    "The `{}` command is disabled. Please upgrade to using Environment Files or opt into unsecure command"
    " execution by setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`."
)


class Output:
    """Of one step; stdout and stderr share what stop-commands says."""

    def __init__(self, frame: Frame, to_host_path: Callable[[str], str] = str) -> None:
        self._frame = frame
        self._to_host_path = to_host_path
        self._stop_token = ""
        self._handlers: dict[str, Callable[[Command], None]] = {
            "error": self._issue,
            "warning": self._issue,
            "notice": self._issue,
            "debug": lambda command: self._frame.debug(command.data),
            "group": lambda command: self._frame.job.log.write(f"##[group]{command.data}"),
            "endgroup": lambda _: self._frame.job.log.write("##[endgroup]"),
            "add-mask": self._mask,
            "echo": self._echo,
            "set-output": self._set_output,
            "save-state": self._save_state,
            "set-env": self._disabled,
            "add-path": self._disabled,
            "add-matcher": lambda _: None,  # problem matchers only decorate the log
            "remove-matcher": lambda _: None,
        }

    def line(self, line: str) -> None:
        if not self._command(line):
            self._frame.job.log.write(line)

    def _command(self, line: str) -> bool:
        known = {STOP, *self._handlers, self._stop_token.lower()} - {""}
        command = parse(line, known) if "::" in line or "##[" in line else None
        if command is None:
            return False
        if self._stop_token:
            if command.name != self._stop_token.lower():
                return False
            self._frame.job.log.write(line)
            self._stop_token = ""
            return True
        if command.name == STOP:
            self._stop(command, line)
        else:
            self._carry_out(command, line)
        return True

    def _stop(self, command: Command, line: str) -> None:
        token = command.data
        if not token or token.lower() in {*self._handlers, STOP, "pause-logging"}:
            self._fail(f"Invalid stop-commands token '{token}'", command, line)
            return
        self._frame.job.log.write(line)
        self._stop_token = token

    def _carry_out(self, command: Command, line: str) -> None:
        if self._frame.echo and command.name not in OMIT_ECHO:
            self._frame.job.log.write(line)
        try:
            self._handlers[command.name](command)
        except StepFailure as error:
            self._fail(str(error), command, line)

    def _fail(self, message: str, command: Command, line: str) -> None:
        shown = command.name if command.name in OMIT_ECHO else line
        self._frame.error(f"Unable to process command '{shown}' successfully.")
        self._frame.error(message)
        self._frame.failed = True

    def _issue(self, command: Command) -> None:
        properties = dict(command.properties)
        file = properties.pop("file", "")
        annotation = Annotation(
            level=command.name,
            message=command.data,
            title=properties.pop("title", ""),
            file=self._relative(file) if file else "",
            line=properties.pop("line", ""),
            properties=properties,
        )
        self._frame.annotate(annotation)

    def _relative(self, file: str) -> str:
        workspace = self._frame.job.folders.workspace
        host = Path(os.path.normpath(workspace / self._to_host_path(file)))
        return str(host.relative_to(workspace)) if host.is_relative_to(workspace) else file

    def _mask(self, command: Command) -> None:
        if not command.data.strip():
            self._frame.warning("Can't add secret mask for empty string in ##[add-mask] command.")
            return
        self._frame.job.masker.add(command.data)
        if self._frame.echo:
            self._frame.job.log.write("::add-mask::***")

    def _echo(self, command: Command) -> None:
        wanted = command.data.strip().lower()
        if wanted not in ("on", "off"):
            raise StepFailure(
                "Invalid echo command value. Possible values can be: 'on', 'off'."
                f" Current value is: '{command.data}'."
            )
        self._frame.echo = wanted == "on"

    def _set_output(self, command: Command) -> None:
        name = command.properties.get("name", "")
        if not name:
            raise StepFailure("Required field 'name' is missing in ##[set-output] command.")
        self._frame.set_output(name, command.data)

    def _save_state(self, command: Command) -> None:
        name = command.properties.get("name", "")
        if not name:
            raise StepFailure("Required field 'name' is missing in ##[save-state] command.")
        self._frame.state[name] = command.data

    def _disabled(self, command: Command) -> None:
        raise StepFailure(DISABLED.format(command.name))

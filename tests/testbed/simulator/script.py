"""`run` steps.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ScriptHandler.cs
"""

import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from . import processes
from .dotnet import split_arguments
from .environment import process_environment, runner_variables
from .errors import StepFailure
from .output import Output
from .state import Frame, JobState

ARGUMENTS = {
    "bash": "--noprofile --norc -e -o pipefail {0}",
    "sh": "-e {0}",
    "python": "{0}",
    "pwsh": "-command \". '{0}'\"",
}
EXTENSIONS = {"bash": ".sh", "sh": ".sh", "python": ".py", "pwsh": ".ps1"}


def run(frame: Frame) -> None:
    step, job = frame.step, frame.job
    assert step.run is not None
    script = step.run.text(frame.scope())
    program, arguments, extension = _shell(frame)
    _print_details(frame, script, f"{program} {arguments}")
    file = job.folders.temp / f"{uuid.uuid4()}{extension}"
    file.write_text(script, encoding="utf-8")
    env, cwd = {**frame.env, **runner_variables(frame)}, _working_directory(frame)
    if job.container is not None:
        line = arguments.replace("{0}", job.container.to_container(str(file)))
        exit_code = job.container.run(frame, (program, line), env, cwd)
    else:
        argv = [program, *split_arguments(arguments.replace("{0}", str(file)))]
        exit_code = execute(frame, argv, process_environment(job, env), cwd)
    if exit_code:
        frame.error(f"Process completed with exit code {exit_code}.")
        frame.failed = True


def execute(
    frame: Frame, argv: list[str], env: Mapping[str, str], cwd: Path, output: Output | None = None
) -> int:
    container = frame.job.container
    lines = output or Output(frame, container.to_host if container else str)
    config = frame.job.config
    stop = processes.Stop(frame.stop_requested, config.sigint_seconds, config.sigterm_seconds)
    return processes.run(argv, env, cwd, processes.Handlers(lines.line, lines.line), stop)


def _shell(frame: Frame) -> tuple[str, str, str]:
    """Program, arguments and the script's extension; unset is `bash -e`, not what `shell: bash` gives.

    In a job's container nothing is looked for, and unset is `sh -e`.
    """
    inside = frame.job.container is not None
    option = frame.step.shell.text(frame.scope()) if frame.step.shell else ""
    if not option and frame.parent is None:
        option = frame.job.defaults.get("shell", "")
    if not option and inside:
        return "sh", "-e {0}", ".sh"
    if not option:
        return which("bash", frame.job, required=False) or which("sh", frame.job), "-e {0}", ".sh"
    name, _, arguments = option.partition(" ")
    arguments = arguments.lstrip() or ARGUMENTS.get(name, "")
    if "{0}" not in arguments:
        raise StepFailure(
            "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh)"
            " or a format string containing '{0}'"
        )
    return name if inside else which(name, frame.job), arguments, EXTENSIONS.get(name, "")


def which(program: str, job: JobState, *, required: bool = True) -> str:
    path = ":".join([*reversed(job.path), job.host_environment.get("PATH", "")])
    found = shutil.which(program, path=path)
    if found is None and required:
        raise StepFailure(f"{program}: command not found")
    return found or ""


def _working_directory(frame: Frame) -> Path:
    own = frame.step.working_directory
    folder = own.text(frame.scope()) if own else ""
    if own is None and frame.parent is None:  # a composite action doesn't see the job's defaults
        folder = frame.job.defaults.get("working-directory", "")
    return frame.job.folders.workspace / folder


def _print_details(frame: Frame, script: str, shell: str) -> None:
    write = frame.job.log.write
    lines = script.strip(" \t\r\n").splitlines()
    write(f"##[group]Run {lines[0] if lines else ''}")
    for line in script.replace("\r\n", "\n").rstrip("\n").split("\n"):
        write(f"\x1b[36;1m{line}\x1b[0m")
    write(f"shell: {shell}")
    print_environment(frame, frame.env)
    write("##[endgroup]")


def print_environment(frame: Frame, env: Mapping[str, str]) -> None:
    if env:
        frame.job.log.write("env:")
    for name, value in env.items():
        frame.job.log.write(f"  {name}: {value}")

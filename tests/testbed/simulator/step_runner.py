"""One step: its condition, environment and time; its process by the handler; its files; its result.

https://github.com/actions/runner/blob/main/src/Runner.Worker/StepsRunner.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs
"""

import time
from collections.abc import Callable

from . import action_step, script
from .errors import StepCancelled, StepFailure, WorkflowError
from .expressions.values import CaseSensitive
from .file_commands import KINDS, SUMMARY_LIMIT, FileSet, pairs
from .state import Frame

BLOCKED_ENV = "NODE_OPTIONS"


def run(frame: Frame) -> str:
    """The step's conclusion; its outcome and outputs go to the steps context."""
    frame.started_cancelled = frame.job.cancel.is_set()
    if frame.started_cancelled:
        frame.job.set_status("cancelled")
    outcome = _outcome(frame)
    conclusion = outcome
    if outcome == "failure" and _continues(frame):
        conclusion = "success"
    if frame.step.given_id:
        frame.siblings[frame.step.id] = {
            "outputs": frame.outputs,
            "outcome": outcome,
            "conclusion": conclusion,
        }
    if frame.parent is None:
        frame.result.outcome, frame.result.conclusion = outcome, conclusion
        mask = frame.job.masker.mask  # results are files, and secrets don't belong there
        frame.result.outputs = {name: mask(value) for name, value in frame.outputs.items()}
    return conclusion


def _outcome(frame: Frame) -> str:
    if frame.job.grace_is_over():
        return "cancelled"
    try:
        _load_environment(frame)
        if not frame.step.condition.holds(frame.scope()):
            return "skipped"
        _start_clock(frame)
        _handle(frame)
    except StepCancelled as cancelled:
        if not frame.timed_out():
            if not cancelled.told:
                frame.error("The operation was canceled.")
            return "cancelled"
        if frame.deadline is not None:
            frame.error(f"The action '{frame.result.name}' has timed out after {_minutes(frame)} minutes.")
        return "failure"
    except (StepFailure, WorkflowError) as error:
        frame.error(str(error))
        return "failure"
    return "failure" if frame.failed else "success"


def _minutes(frame: Frame) -> str:
    return frame.step.timeout_minutes.text(frame.scope()) if frame.step.timeout_minutes else ""


def _load_environment(frame: Frame) -> None:
    """Global, then what the composite action's caller set for it, then the step's own.

    A nested step skips the global part of its parent's environment, which may be out of date:
    https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/CompositeActionHandler.cs
    """
    frame.env = CaseSensitive(frame.job.env)
    if frame.parent is not None:
        frame.env.update({name: frame.parent.env[name] for name in frame.parent.overrides})
        frame.overrides |= frame.parent.overrides
    else:
        frame.github["action"] = frame.step.id
    scope = frame.scope()
    own = {name: template.text(scope) for name, template in frame.step.env.items()}
    frame.env.update({**own, **frame.given_env})
    frame.overrides |= own.keys()


def _start_clock(frame: Frame) -> None:
    if frame.step.name is not None and frame.parent is None:
        frame.result.name = frame.job.masker.mask(frame.step.name.text(frame.scope()))
    if frame.step.timeout_minutes is not None:
        minutes = frame.step.timeout_minutes.number(frame.scope())
        if minutes > 0:
            frame.deadline = time.monotonic() + minutes * frame.job.config.seconds_per_minute


def _continues(frame: Frame) -> bool:
    template = frame.step.continue_on_error
    return template is not None and template.boolean(frame.scope())


def _handle(frame: Frame) -> None:
    for name in ("action_repository", "action_ref"):
        frame.github.pop(name, None)
    files = FileSet.create(frame.job.folders.temp / "_runner_file_commands")
    for name, path in files.paths.items():
        frame.github[name] = str(path)
    try:
        if frame.handler is not None:
            frame.handler(frame)
        elif frame.step.run is not None:
            script.run(frame)
        else:
            action_step.run(frame, run)
    finally:
        read_files(frame, files)
        files.remove()


def read_files(frame: Frame, files: FileSet) -> None:
    """A file that can't be read fails the step and leaves the others their effect."""
    readers = {
        "path": _read_path,
        "env": _read_env,
        "step_summary": _read_summary,
        "state": _read_state,
        "output": _read_output,
    }
    for name, reader in readers.items():
        _read_file(frame, name, reader, files.read(name))


def _read_file(frame: Frame, name: str, reader: Callable[[Frame, str], None], text: str) -> None:
    try:
        reader(frame, text)
    except StepFailure as error:
        frame.error(f"Unable to process file command '{name}' successfully.")
        frame.error(str(error))
        frame.failed = True


def _read_path(frame: Frame, text: str) -> None:
    for line in filter(None, text.splitlines()):
        if line in frame.job.path:
            frame.job.path.remove(line)
        frame.job.path.append(line)


def _read_env(frame: Frame, text: str) -> None:
    for name, value in pairs(text, KINDS["env"]):
        if name.upper() == BLOCKED_ENV:
            frame.error(f"Can't store {name} output parameter using '$GITHUB_ENV' command.")
        else:
            frame.set_env(name, value)


def _read_state(frame: Frame, text: str) -> None:
    frame.state.update(pairs(text, KINDS["state"]))


def _read_output(frame: Frame, text: str) -> None:
    for name, value in pairs(text, KINDS["output"]):
        frame.set_output(name, value)


def _read_summary(frame: Frame, text: str) -> None:
    size = len(text.encode())
    if size > SUMMARY_LIMIT:
        frame.error(
            f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {SUMMARY_LIMIT // 1024}k,"
            f" got {size // 1024}k. For more information see: https://docs.github.com/actions/using-workflows/"
            "workflow-commands-for-github-actions#adding-a-markdown-summary"
        )
    else:
        frame.result.summary += frame.job.masker.mask(text)

"""`uses` steps: find the action, settle its inputs, hand over to its kind.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs
"""

import os
from collections.abc import Callable
from pathlib import Path

from . import action as manifest
from . import checkout, composite, container, references
from .action import Action
from .script import print_environment
from .state import Frame

ALWAYS_VALID = ("entryPoint", "args")  # for container actions


def run(frame: Frame, run_nested: Callable[[Frame], str]) -> None:
    reference = references.parse(frame.step)
    scope = frame.scope()
    given = {name: template.text(scope) for name, template in frame.step.inputs.items()}
    if reference.is_checkout:
        print_details(frame, given)
        checkout.run(frame, given)
        return
    action = _load(frame, reference)
    if reference.kind == "remote":
        frame.github["action_repository"] = reference.name
        frame.github["action_ref"] = reference.ref
    inputs = _inputs(frame, action, given, check=reference.kind != "image")
    print_details(frame, inputs)
    if action.steps is not None:
        composite.run(frame, action, inputs, run_nested)
    else:
        container.run(frame, action, inputs)


def _load(frame: Frame, reference: references.Reference) -> Action:
    folders = frame.job.folders
    if reference.kind == "image":
        return manifest.from_image(reference.name)
    if reference.kind == "local":
        return manifest.read(Path(os.path.normpath(folders.workspace / reference.name)), frame.step.uses)
    folder = references.download(reference, frame.step, frame.job.config.actions, folders.actions)
    return manifest.read(folder, frame.step.uses)


def _inputs(frame: Frame, action: Action, given: dict[str, str], *, check: bool) -> dict[str, str]:
    """The author's, in the author's letter case and with unknown names, then the defaults of the others."""
    lowered = {name.lower() for name in given}
    for name, message in action.deprecated.items():
        if name.lower() in lowered:
            frame.warning(f"Input '{name}' has been deprecated with message: {message}")
    inputs = dict(given)
    for name, default in action.inputs.items():
        if name.lower() not in lowered:
            inputs[name] = default.text(frame.scope()) if default else ""
    valid = [*(ALWAYS_VALID if action.container else ()), *action.inputs]
    unexpected = [name for name in given if name.lower() not in {one.lower() for one in valid}]
    if check and unexpected:
        names = f"{_quoted(unexpected)}, valid inputs are [{_quoted(valid)}]"
        frame.warning(f"Unexpected input(s) {names}")
    return inputs


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def print_details(frame: Frame, inputs: dict[str, str]) -> None:
    write = frame.job.log.write
    write(f"##[group]Run {frame.step.uses}")
    if inputs:
        write("with:")
    for name, value in inputs.items():
        if value:
            write(f"  {name}: {value}")
    print_environment(frame, frame.env)
    write("##[endgroup]")

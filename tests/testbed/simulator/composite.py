"""Composite actions: steps in a scope of their own.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/CompositeActionHandler.cs
"""

from collections.abc import Callable

from .action import Action
from .errors import StepCancelled, StepFailure
from .state import Frame

MAX_DEPTH = 9


def run(frame: Frame, action: Action, inputs: dict[str, str], run_nested: Callable[[Frame], str]) -> None:
    if frame.depth >= MAX_DEPTH:
        raise StepFailure(f"Composite action depth exceeded max depth {MAX_DEPTH}")
    scope: dict[str, object] = {}
    cancelled = False
    frame.status = "success"
    for step in action.steps or ():
        child = Frame(
            job=frame.job,
            step=step,
            result=frame.result,
            parent=frame,
            github={**frame.github, "action": step.id, "action_path": str(action.folder)},
            siblings=scope,
            inputs=inputs,
            depth=frame.depth + 1,
        )
        conclusion = run_nested(child)
        if conclusion == "failure":
            frame.status, frame.failed = "failure", True
        cancelled = cancelled or conclusion == "cancelled"
    _set_outputs(frame, action, inputs, scope)
    if cancelled or (frame.failed and frame.timed_out()):
        raise StepCancelled(told=True)


def _set_outputs(frame: Frame, action: Action, inputs: dict[str, str], steps: dict[str, object]) -> None:
    scope = frame.scope()
    scope.contexts = {**scope.contexts, "inputs": inputs, "steps": steps}
    for name, template in action.outputs.items():
        frame.set_output(name, template.text(scope))

"""Job start: actions are fetched, with all that they use, and the images of container actions made.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionManager.cs (PrepareActionsAsync)
"""

from collections.abc import Iterable

from . import action as manifest
from . import container, references
from .composite import MAX_DEPTH
from .errors import StepFailure
from .state import Frame
from .steps import Step


def prepare_actions(frame: Frame, steps: Iterable[Step], depth: int = 0) -> None:
    """Of remote actions and images; `./` actions are read, and their images built, when their step comes."""
    if depth > MAX_DEPTH:
        raise StepFailure(f"Composite action depth exceeded max depth {MAX_DEPTH}")
    for step in steps:
        if step.uses:
            _prepare(frame, step, depth)


def _prepare(frame: Frame, step: Step, depth: int) -> None:
    reference = references.parse(step)
    if reference.kind == "local" or reference.is_checkout:
        return
    if reference.kind == "image":
        action = manifest.from_image(reference.name)
    else:
        config = frame.job.config
        folder = references.download(reference, step, config.actions, frame.job.folders.actions)
        action = manifest.read(folder, step.uses)
    if action.steps is not None:
        prepare_actions(frame, action.steps, depth + 1)
    elif (key := container.image_key(action)) not in frame.job.images:
        frame.job.images[key] = container.prepare(frame, action)

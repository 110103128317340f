"""`concurrency`, of a workflow or of a job.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
"""

from dataclasses import dataclass

from .document import Value
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .places import Place
from .template import Template

KEYS = ("group", "cancel-in-progress", "queue")
GROUP_LENGTH = 400
CONTRADICTION = "'queue: max' can't be combined with 'cancel-in-progress: true'"


@dataclass(frozen=True)
class Claim:
    """What a run or a job asks for when its turn comes."""

    group: str
    cancel_in_progress: bool = False
    waits_in_line: bool = False  # `queue: max`: behind what waits already, instead of in its place


@dataclass(frozen=True)
class Concurrency:
    group: Template
    cancel_in_progress: Template | None = None
    waits_in_line: bool = False

    def claim(self, scope: Scope) -> Claim:
        group = self.group.text(scope)
        if not group:
            raise self._error("Concurrency group name cannot be empty")
        if len(group) > GROUP_LENGTH:
            raise self._error(f"Concurrency group name must be less than {GROUP_LENGTH} characters")
        cancel = self.cancel_in_progress is not None and self.cancel_in_progress.boolean(scope)
        if cancel and self.waits_in_line:
            raise self._error(CONTRADICTION)
        return Claim(group, cancel, self.waits_in_line)

    def _error(self, message: str) -> WorkflowError:
        return WorkflowError(message, file=self.group.file, line=self.group.line)


def read(value: Value | None, place: Place) -> Concurrency | None:
    if value is None:
        return None
    if not isinstance(value.data, dict):
        value.text("concurrency")
        return Concurrency(Template.of(value, place))
    keys = value.mapping("concurrency", KEYS, required=("group",))
    keys["group"].text("concurrency.group")
    cancel = keys.get("cancel-in-progress")
    queue = keys["queue"].text("concurrency.queue") if "queue" in keys else "single"
    if queue not in ("single", "max"):
        raise keys["queue"].error(f"Unexpected value '{queue}' for queue; it is single or max")
    if queue == "max" and cancel is not None and cancel.data is True:
        raise cancel.error(CONTRADICTION)
    return Concurrency(
        group=Template.of(keys["group"], place),
        cancel_in_progress=Template.typed(cancel, place, bool) if cancel is not None else None,
        waits_in_line=queue == "max",
    )

"""What can be wrong with a workflow before, or while, it runs."""


class WorkflowError(Exception):
    """The workflow or an action file is wrong: the message is for its author, the line counts from one."""

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message


class NotTriggered(WorkflowError):
    """The workflow is right, but the event that happened doesn't start it."""


class Unsupported(WorkflowError):
    """The workflow may well be right, but this simulator can't run it."""


class StepFailure(Exception):
    """A step can't go on: the runner logs the message as an error and fails the step."""


class StepCancelled(Exception):
    """A step was ended by a cancellation or a timeout; `told` already, by the composite action's own step."""

    def __init__(self, *, told: bool = False) -> None:
        super().__init__()
        self.told = told

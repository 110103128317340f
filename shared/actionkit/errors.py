"""What can go wrong and is no bug: each says what happened, to what, the likely cause and the next step."""

from collections.abc import Sequence


class ActionError(Exception):
    """An expected failure: one annotation, one paragraph in the summary, no traceback.

    `message` says what happened and to what, `hint` what to do next. `file` and `line` place the annotation
    on a line of the user's repository.
    """

    exit_code = 1

    def __init__(
        self, title: str, message: str, hint: str = "", *, file: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message
        self.hint = hint
        self.file = file
        self.line = line

    @property
    def text(self) -> str:
        """Message and hint, as an annotation shows them."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InvalidInputs(ActionError):
    """All that is wrong with the inputs, found in one go; one annotation each."""

    def __init__(self, problems: Sequence[ActionError]) -> None:
        self.problems = tuple(problems)
        count = "1 input is" if len(problems) == 1 else f"{len(problems)} inputs are"
        super().__init__("Invalid inputs", f"{count} not usable: " + " ".join(p.message for p in problems))


class IdTokenUnavailable(ActionError):
    """The job may not ask GitHub for an ID token: the runner gave it no address to ask."""


class IdTokenRefused(ActionError):
    """GitHub's ID token service didn't answer with a token. `transient`: asking again may heal it."""

    def __init__(self, title: str, message: str, hint: str = "", *, transient: bool) -> None:
        super().__init__(title, message, hint)
        self.transient = transient


class Cancelled(BaseException):
    """The job was cancelled; a BaseException, so that no `except Exception` on the way can swallow it."""

    exit_code = 130

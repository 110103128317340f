"""The one error that the testbed raises for what a person can put right."""


class TestbedError(Exception):
    """What happened (message), and what to do about it (hint); shown without a traceback."""

    __test__ = False  # its name begins like a test class's

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message

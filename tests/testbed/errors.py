"""The one error that the testbed raises for what a person can put right."""

import errno


class TestbedError(Exception):
    """What happened (message), and what to do about it (hint); shown without a traceback."""

    __test__ = False  # its name begins like a test class's

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


def of_system(error: OSError) -> TestbedError | None:
    """A full disk is nothing that the program did wrong; other errors of the system may well be."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    where = f", for {error.filename}" if error.filename else ""
    return TestbedError(
        f"the disk is full{where}",
        "Make room (`./testbed down` frees what the testbed takes), or set EKS_ACTIONS_TESTBED elsewhere.",
    )

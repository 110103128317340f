"""The one place where an exception becomes an annotation and an exit code; signals arrive here too."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import NoReturn, TextIO

from actionkit import report
from actionkit.errors import ActionError, Cancelled
from actionkit.runner import Runner


def run(main: Callable[[Runner], None], *, action: str, container: bool = False) -> NoReturn:
    """The process's whole life. Exit 0; 1 for an expected failure; 3 for a bug; 130 when cancelled."""
    _hear_cancellation()
    if hasattr(sys.stdout, "reconfigure"):
        # The runner reads UTF-8 whatever the host's locale says.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(execute(main, os.environ, sys.stdout, action=action, container=container))


def execute(
    main: Callable[[Runner], None],
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    action: str,
    container: bool = False,
) -> int:
    """`main`, with what it raises reported; the exit code."""
    runner: Runner | None = None
    try:
        runner = Runner.from_environment(environ, stdout, container=container)
        main(runner)
    except ActionError as error:
        if runner is None:
            stdout.write(f"::error title={error.title}::{error.text.replace(chr(10), '%0A')}\n")
        else:
            report.failure(runner, error, action=action)
        return error.exit_code
    except Cancelled as cancelled:
        stdout.write(f"{action} was cancelled.\n")
        return cancelled.exit_code
    except Exception as error:
        if runner is None:
            raise
        report.bug(runner, error, action=action)
        return report.BUG
    return 0


def _hear_cancellation() -> None:
    """The runner sends SIGINT, 7.5 s later SIGTERM, and kills 2.5 s after that.

    Only the first signal raises: a second one must not break into the clean-up that the first began.
    """

    def cancel(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Cancelled(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, cancel)

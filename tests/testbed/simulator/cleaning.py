"""Emptying the runner's folders at job start and end."""

import shutil
from pathlib import Path

from .errors import StepFailure


def remove(folder: Path) -> None:
    """What a container left as root stays, as on a real runner, which goes on as well."""
    shutil.rmtree(folder, ignore_errors=True)


def wipe(folder: Path) -> None:
    """Unlike the temporary folder's, what can't be deleted here fails the job (ActionManager.cs)."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise StepFailure(f"Access to the path '{error.filename}' is denied. ({error.strerror})") from error

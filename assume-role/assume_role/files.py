"""Files that hold keys: read and written for their owner alone, whole or not at all."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from actionkit.errors import ActionError


def read(file: Path, *, follow: bool = False) -> str:
    """Empty where there is none. ActionError for what is no regular file and, unless `follow`, for a link."""
    if not follow:
        refuse_links(file)
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise unusable(file, f"can't be read: {error.strerror}") from None
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape", newline="") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise unusable(file, "is no regular file")
        return opened.read()


def replace(texts: Mapping[Path, str]) -> None:
    """Writes all files, or none where one can't be written; nobody ever sees half of one."""
    staged: dict[Path, Path] = {}
    try:
        for file, text in texts.items():
            refuse_links(file)
            staged[file] = _stage(file, text)
        for file, temporary in staged.items():
            temporary.replace(file)
    except OSError as error:
        raise unusable(Path(error.filename or file), f"can't be written: {error.strerror}") from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


@contextmanager
def locked(*folders: Path) -> Iterator[None]:
    """One process at a time: steps in the background, other runners of the same user. Makes the folders."""
    with ExitStack() as held:
        for folder in sorted(set(folders)):
            refuse_links(folder)
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            except OSError as error:
                raise unusable(folder, f"can't be used: {error.strerror}") from None
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def refuse_links(file: Path) -> None:
    """A link would lead the keys, or what we read, to wherever somebody before us wanted."""
    for each in (file, file.parent):
        if each.is_symlink():
            raise unusable(file, f"is reached through a symbolic link ({each})")


def unusable(file: Path, what: str) -> ActionError:
    return ActionError(
        "AWS's files can't be used",
        f"{file} {what}.",
        "Make it a file of the runner's user, or leave `aws-profile` out: keys in the environment need none.",
    )


def _stage(file: Path, text: str) -> Path:
    """The text beside the file, under another name."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as opened:
            opened.write(text)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)

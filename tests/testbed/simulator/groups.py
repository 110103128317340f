"""Concurrency groups between the runs on one host: one running, one waiting, a newer one takes its place.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency

A folder for each group has a ticket for each member, numbered as they came. Its owner holds a lock on it,
which dies with the process: the ticket of a killed run is found unlocked, and swept away.
"""

import fcntl
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .cancellation import LinkedEvent, MarkedEvent
from .concurrency import Claim

WAIT = 0.1
MAX_WAITING = 100  # with `queue: max`
PENDING, RUNNING = "pending", "running"


@dataclass(frozen=True)
class Member:
    """`granted` once it was its turn; `cancel` is set with the run's, or by a newer member."""

    granted: bool
    cancel: threading.Event
    mark: Path | None = None

    @property
    def reason(self) -> str:
        """Why the group ended it; empty if it didn't."""
        return self.mark.read_text() if self.mark and self.mark.exists() else ""


class Groups:
    """Of one repository: names of groups are its own, and not case-sensitive."""

    def __init__(self, work: Path, repository: str) -> None:
        self._folder = work / "_concurrency"
        self._repository = repository

    @contextmanager
    def enter(self, claim: Claim | None, cancel: threading.Event) -> Iterator[Member]:
        """Wait for one's turn, and hold the group for as long as the block lasts."""
        if claim is None:
            yield Member(True, LinkedEvent(cancel))
            return
        ticket = _Ticket(self._of(claim.group))
        try:
            ticket.draw(claim)
            event = MarkedEvent(cancel, ticket.mark)
            yield Member(_wait(ticket, claim, event), event, ticket.mark)
        finally:
            ticket.give_back()

    def _of(self, group: str) -> Path:
        name = f"{self._repository}\n{group}".lower()
        folder = self._folder / hashlib.sha256(name.encode()).hexdigest()[:32]
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _wait(ticket: "_Ticket", claim: Claim, cancel: threading.Event) -> bool:
    said = False
    while not cancel.is_set():
        if ticket.starts():
            return True
        if not said:
            print(f"Waiting for the concurrency group '{claim.group}'...", flush=True)
        said = True
        time.sleep(WAIT)
    return False


class _Ticket:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None
        self._path = folder
        self.mark = folder

    def draw(self, claim: Claim) -> None:
        """What waits gives way to the newcomer, and with cancel-in-progress what runs does, too."""
        message = f"Canceling since a higher priority waiting request for '{claim.group}' exists"
        with self._alone():
            others = self._others()
            for path, state in others:
                if claim.cancel_in_progress or (state == PENDING and not claim.waits_in_line):
                    _mark(path, message)
            number = max((int(path.stem) for path, _ in others), default=0) + 1
            self._path = self._folder / f"{number:08}.ticket"
            self.mark = _mark_of(self._path)
            self._file = self._path.open("x")
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._write(PENDING)
            if claim.waits_in_line and sum(state == PENDING for _, state in others) >= MAX_WAITING:
                _mark(self._path, f"Canceling since the queue of '{claim.group}' is full")

    def starts(self) -> bool:
        """Nothing runs, and nothing that isn't cancelled came earlier."""
        with self._alone():
            for path, state in self._others():
                earlier = path < self._path and not _mark_of(path).exists()
                if state == RUNNING or earlier:
                    return False
            self._write(RUNNING)
            return True

    def give_back(self) -> None:
        if self._file is None:
            return
        with self._alone():
            self._path.unlink()
            self.mark.unlink(missing_ok=True)
            self._file.close()

    def _write(self, state: str) -> None:
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(state)
        self._file.flush()

    def _others(self) -> list[tuple[Path, str]]:
        """The living, in the order in which they came."""
        found = []
        for path in sorted(self._folder.glob("*.ticket")):
            if path == self._path:
                continue
            with path.open() as file:
                if _is_locked(file):
                    found.append((path, file.read()))
                else:
                    _mark_of(path).unlink(missing_ok=True)
                    path.unlink()
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _mark(ticket: Path, reason: str) -> None:
    """Its owner looks without the lock, so that the mark must not be there before its text is."""
    part = ticket.with_suffix(".part")
    part.write_text(reason)
    part.rename(_mark_of(ticket))


def _mark_of(ticket: Path) -> Path:
    return ticket.with_suffix(".cancelled")


def _is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False

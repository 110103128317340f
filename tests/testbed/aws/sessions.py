"""Credentials handed out: role sessions by access key, ECR passwords by text; both expire."""

import base64
import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from testbed.aws.authority import Principal
from testbed.aws.journal import Journal

Clock = Callable[[], datetime]
ECR_TOKEN_LIFE = timedelta(
    hours=12
)  # https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, kw_only=True)
class Session:
    principal: Principal
    access_key: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires: datetime
    instance: bool = False  # from an instance profile: assuming a role with it is no role chaining
    transitive_tags: tuple[str, ...] = ()


class Sessions:
    """Kept in a file too, so that a restarted server still knows what it handed out. Thread-safe."""

    def __init__(self, clock: Clock, file: Path) -> None:
        self.clock = clock
        self._journal = Journal(file)
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._passwords: dict[str, tuple[Principal, datetime]] = {}
        for entry in self._journal.entries():
            principal, expires = (
                Principal(**entry.pop("principal")),
                datetime.fromisoformat(entry.pop("expires")),
            )
            if "password" in entry:
                self._passwords[entry["password"]] = (principal, expires)
            else:
                session = Session(principal=principal, expires=expires, **entry)
                self._sessions[session.access_key] = session

    def _keep(self, session: Session) -> None:
        with self._lock:
            self._sessions[session.access_key] = session
            self._journal.append({**vars(session), "principal": vars(session.principal)})

    def open(
        self,
        principal: Principal,
        life: timedelta,
        *,
        instance: bool = False,
        transitive_tags: tuple[str, ...] = (),
    ) -> Session:
        session = Session(
            principal=principal,
            access_key="ASIA" + _letters(string.ascii_uppercase + "234567", 16),
            secret=_letters(string.ascii_letters + string.digits + "+/", 40),
            token=base64.b64encode(secrets.token_bytes(384)).decode(),
            expires=(self.clock() + life).replace(microsecond=0),
            instance=instance,
            transitive_tags=transitive_tags,
        )
        self._keep(session)
        return session

    def find(self, access_key: str) -> Session | None:
        with self._lock:
            return self._sessions.get(access_key)

    def secrets(self) -> list[str]:
        """All that was handed out and may not be seen."""
        with self._lock:
            parts = [part for s in self._sessions.values() for part in (s.secret, s.token)]
            return [*parts, *self._passwords]

    def expired(self, session: Session) -> bool:
        return session.expires <= self.clock()

    def expire(self, access_key: str) -> None:
        """End a session early: what a test does to see how an expired one is refused."""
        self._keep(replace(self._sessions[access_key], expires=self.clock()))

    def ecr_password(self, principal: Principal) -> tuple[str, datetime]:
        password = base64.b64encode(secrets.token_bytes(192)).decode()
        expires = self.clock() + ECR_TOKEN_LIFE
        with self._lock:
            self._passwords[password] = (principal, expires)
            self._journal.append({"password": password, "principal": vars(principal), "expires": expires})
        return password, expires

    def principal_of_ecr_password(self, password: str) -> Principal | None:
        with self._lock:
            principal, expires = self._passwords.get(password, (None, self.clock()))
        return principal if expires > self.clock() else None


def _letters(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))

"""The jobs that may ask for ID tokens: each has a URL and a bearer token that end with it."""

import hmac
import secrets
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVICE_HOST = "run-actions-1-azure-eastus.actions.githubusercontent.com"


@dataclass(frozen=True)
class Job:
    id: str
    plan: str
    claims: Mapping[str, Any]
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        """ACTIONS_ID_TOKEN_REQUEST_URL: it has a query already, so `&audience=…` is appended."""
        return f"https://{SERVICE_HOST}/{self.plan}//idtoken/{self.plan}/{self.id}?api-version=2.0"


class Jobs:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._secrets: list[str] = []

    def start(self, claims: Mapping[str, Any]) -> Job:
        job = Job(str(uuid.uuid4()), str(uuid.uuid4()), dict(claims), secrets.token_urlsafe(64))
        with self._lock:
            self._jobs[job.id] = job
            self._secrets.append(job.token)
        return job

    def handed_out(self, token: str) -> str:
        """Remember an ID token, for those who look for leaks."""
        with self._lock:
            self._secrets.append(token)
        return token

    def secrets(self) -> list[str]:
        with self._lock:
            return list(self._secrets)

    def end(self, job_id: str) -> bool:
        with self._lock:
            return self._jobs.pop(job_id, None) is not None

    def find(self, job_id: str, token: str) -> Job | None:
        """The running job, if the token is its own."""
        with self._lock:
            job = self._jobs.get(job_id)
        return job if job and hmac.compare_digest(job.token.encode(), token.encode()) else None


def is_runner_credential(state: Path, token: str) -> bool:
    """Whether a registered runner's credential was shown (STATE/runners/NAME/credential)."""
    if not token:
        return False
    credentials = (path.read_text().strip() for path in (state / "runners").glob("*/credential"))
    return any(hmac.compare_digest(known.encode(), token.encode()) for known in credentials)

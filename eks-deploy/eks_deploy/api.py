"""One request to the API server, its answer, and the two ways in which there is none. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request. `what` says it for people: "apply Deployment web/api"."""

    method: str
    path: str
    what: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: object = None
    content_type: str = "application/json"
    accept: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class Response:
    status: int
    text: str

    @property
    def body(self) -> dict[str, Any]:
        value = json.loads(self.text)
        return value if isinstance(value, dict) else {}


class Refused(Exception):
    """The API server answered, and not with success. `message` and `details` are those of its Status
    object.
    """

    def __init__(self, call: Call, status: int, text: str, retry_after: float | None = None) -> None:
        self.call, self.status, self.retry_after = call, status, retry_after
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {}
        answer = answer if isinstance(answer, dict) else {}
        self.message = str(answer.get("message") or text.strip()[:500])
        self.reason = str(answer.get("reason") or "")
        details = answer.get("details")
        self.details: dict[str, Any] = details if isinstance(details, dict) else {}
        super().__init__(f"{call.what}: {status} {self.message}")

    @property
    def causes(self) -> list[dict[str, Any]]:
        return [cause for cause in self.details.get("causes") or [] if isinstance(cause, dict)]


class Unreachable(Exception):
    """No answer: the name, the network, TLS, or the server's silence. `cause` is urllib3's exception."""

    def __init__(self, call: Call, cause: Exception) -> None:
        super().__init__(f"{call.what}: {cause}")
        self.call, self.cause = call, cause


class Api(Protocol):
    """The API server of one cluster; threads may share it."""

    def send(self, call: Call) -> Response:
        """The answer if it is a success; raises Refused or Unreachable."""

    def get(self, path: str, what: str, **query: str | int) -> dict[str, Any]:
        """The JSON object at this path."""


def transient(error: Refused) -> bool:
    """What another try may cure; the phrases are kapp's, from what API servers and webhooks say in
    passing.
    """
    if error.status in {429, 503, 504}:
        return True
    phrases = ("etcdserver: leader changed", "etcdserver: request timed out", "failed calling webhook")
    refused = "connection refused" in error.message or "no endpoints available" in error.message
    return error.status == 500 and (
        any(p in error.message for p in phrases[:2]) or (phrases[2] in error.message and refused)
    )

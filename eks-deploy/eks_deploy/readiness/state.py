"""The vocabulary of kstatus, and helpers that its rules share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from eks_deploy.manifest import Body


class Status(str, Enum):
    """https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md"""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    CURRENT = "Current"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"


@dataclass(frozen=True)
class State:
    status: Status
    message: str = ""


def in_progress(message: str) -> State:
    return State(Status.IN_PROGRESS, message)


def failed(message: str) -> State:
    return State(Status.FAILED, message)


def current(message: str = "") -> State:
    return State(Status.CURRENT, message)


def status_of(body: Body) -> dict[str, Any]:
    value = body.get("status")
    return value if isinstance(value, dict) else {}


def spec_of(body: Body) -> dict[str, Any]:
    value = body.get("spec")
    return value if isinstance(value, dict) else {}


def count(of: dict[str, Any], name: str, default: int = 0) -> int:
    value = of.get(name)
    return value if isinstance(value, int) else default


def condition(body: Body, kind: str) -> dict[str, Any]:
    """The condition of this type, or an empty one."""
    for entry in status_of(body).get("conditions") or []:
        if isinstance(entry, dict) and entry.get("type") == kind:
            return entry
    return {}


def told(entry: dict[str, Any]) -> str:
    """What a condition says: its message, or its reason."""
    return str(entry.get("message") or entry.get("reason") or "")

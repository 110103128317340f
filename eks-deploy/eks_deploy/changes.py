"""Did an apply change anything? Pure: an object before and after, compared as its owner would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eks_deploy.manifest import Body
from eks_deploy.plan import Target

CREATED, CONFIGURED, UNCHANGED = "created", "configured", "unchanged"


@dataclass(frozen=True, kw_only=True)
class Change:
    """`live` is the object as the server answered it."""

    target: Target
    action: str
    live: Body


def same(before: Body, after: Body) -> bool:
    """Whether two answers of the server hold the same object, whatever its controllers wrote meanwhile."""
    return _content(before) == _content(after)


def same_owners(before: Body, after: Body) -> bool:
    """Whether the same managers manage the same fields: an apply may do no more than take a field over."""
    return _owners(before) == _owners(after)


def _content(body: Body) -> Body:
    metadata = {k: v for k, v in body["metadata"].items() if k not in {"resourceVersion", "managedFields"}}
    return {**{k: v for k, v in body.items() if k != "status"}, "metadata": metadata}


def _owners(body: Body) -> list[Body]:
    entries = body["metadata"].get("managedFields") or []
    return sorted((_without_time(entry) for entry in entries if _ours_to_see(entry)), key=repr)


def _ours_to_see(entry: dict[str, Any]) -> bool:
    return entry.get("subresource") != "status"


def _without_time(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k != "time"}

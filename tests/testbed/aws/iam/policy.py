"""Policy documents as IAM reads them: scalars made lists, names compared as AWS compares them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

PRINCIPAL_KINDS = ("AWS", "Federated", "Service")


@dataclass(frozen=True)
class Statement:
    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]  # (kind, value); "*" is ("AWS", "*")
    not_principals: tuple[tuple[str, str], ...]
    conditions: Mapping[str, Mapping[str, Any]]

    def covers_action(self, action: str) -> bool:
        """Action names are compared without case.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
        """
        if self.not_actions:
            return not any(matches(p.lower(), action.lower()) for p in self.not_actions)
        return any(matches(p.lower(), action.lower()) for p in self.actions)

    def covers_resource(self, resource: str) -> bool:
        """True without Resource too: a repository or trust policy names its resource by being attached to it.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
        """
        if self.not_resources:
            return not any(matches(p, resource) for p in self.not_resources)
        return not self.resources or any(matches(p, resource) for p in self.resources)


def statements(document: Mapping[str, Any]) -> list[Statement]:
    return [_statement(raw) for raw in listed(document.get("Statement"))]


def _statement(raw: Mapping[str, Any]) -> Statement:
    return Statement(
        sid=raw.get("Sid", ""),
        allows=raw["Effect"] == "Allow",
        actions=tuple(listed(raw.get("Action"))),
        not_actions=tuple(listed(raw.get("NotAction"))),
        resources=tuple(listed(raw.get("Resource"))),
        not_resources=tuple(listed(raw.get("NotResource"))),
        principals=_principals(raw.get("Principal")),
        not_principals=_principals(raw.get("NotPrincipal")),
        conditions=raw.get("Condition", {}),
    )


def _principals(element: str | Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    if element is None:
        return ()
    if isinstance(element, str):
        return (("AWS", element),)
    return tuple((kind, value) for kind in PRINCIPAL_KINDS for value in listed(element.get(kind)))


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def matches(pattern: str, value: str) -> bool:
    """`*` is any run of characters, `?` any one; nothing else is special."""
    return _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(c) or re.escape(c) for c in pattern), re.DOTALL)

"""Whether a request is allowed: default deny, an explicit deny wins, another account needs both sides.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from testbed.aws.authority import Decision, PolicyDocument, Principal
from testbed.aws.iam.conditions import satisfied
from testbed.aws.iam.policy import Statement, statements


@dataclass(frozen=True, kw_only=True)
class Request:
    action: str  # service:Operation
    resource: str  # ARN, or "*" where the operation knows no resource
    account: str  # owner of the resource
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Policies:
    identity: tuple[PolicyDocument, ...]
    session: tuple[PolicyDocument, ...] = ()
    resource: PolicyDocument | None = None


class Grant(Enum):
    """How a resource policy names the caller."""

    NONE = 0
    ACCOUNT = 1  # the account's root: the account's own policies decide on
    ROLE = 2
    SESSION = 3


def decide(request: Request, caller: Principal, policies: Policies) -> Decision:
    """The reason is how AWS ends its sentence "User: … is not authorized to perform: … on resource: …".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    denial = _explicit_deny(request, caller, policies)
    if denial:
        return Decision(False, f"with an explicit deny in {denial} policy")
    identity = _any_allows(policies.identity, request)
    session = not policies.session or _any_allows(policies.session, request)
    grant = _grant(policies.resource, request, caller)
    if caller.account == request.account:
        missing = _missing_within(identity, session, grant)
    else:
        missing = _missing_across(identity, session, grant)
    if missing:
        return Decision(False, f"because no {missing} policy allows the {request.action} action")
    return Decision(True, "")


def _missing_within(identity: bool, session: bool, grant: Grant) -> str | None:
    """One account: either side will do; a grant to the session itself isn't narrowed by session policies."""
    if grant is Grant.SESSION:
        return None
    if not identity and grant is not Grant.ROLE:
        return "identity-based"
    return None if session else "session"


def _missing_across(identity: bool, session: bool, grant: Grant) -> str | None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html"""
    if not identity:
        return "identity-based"
    if not session:
        return "session"
    return "resource-based" if grant is Grant.NONE else None


def federated_trust(
    trust: PolicyDocument, provider_arn: str, action: str, context: Mapping[str, Any]
) -> bool:
    """Whether a role's trust policy lets an identity provider's subject in (no identity policy is asked)."""
    return _trusts(trust, ("Federated", provider_arn), action, context)


def service_trust(trust: PolicyDocument, service: str, context: Mapping[str, Any]) -> bool:
    return _trusts(trust, ("Service", service), "sts:AssumeRole", context)


def _trusts(
    trust: PolicyDocument, principal: tuple[str, str], action: str, context: Mapping[str, Any]
) -> bool:
    covering = [
        statement
        for statement in statements(trust)
        if statement.covers_action(action)
        and principal in statement.principals
        and satisfied(statement.conditions, context)
    ]
    return bool(covering) and all(statement.allows for statement in covering)


def _explicit_deny(request: Request, caller: Principal, policies: Policies) -> str | None:
    if _denies(policies.identity, request):
        return "an identity-based"
    if _denies(policies.session, request):
        return "a session"
    for statement in statements(policies.resource or {}):
        if (
            not statement.allows
            and _applies(statement, request)
            and _named(statement, caller) is not Grant.NONE
        ):
            return "a resource-based"
    return None


def _denies(documents: Iterable[PolicyDocument], request: Request) -> bool:
    return any(not s.allows and _applies(s, request) for d in documents for s in statements(d))


def _any_allows(documents: Iterable[PolicyDocument], request: Request) -> bool:
    return any(s.allows and _applies(s, request) for d in documents for s in statements(d))


def _applies(statement: Statement, request: Request) -> bool:
    return (
        statement.covers_action(request.action)
        and statement.covers_resource(request.resource)
        and satisfied(statement.conditions, request.context)
    )


def _grant(resource_policy: PolicyDocument | None, request: Request, caller: Principal) -> Grant:
    grants = [
        _named(statement, caller)
        for statement in statements(resource_policy or {})
        if statement.allows and _applies(statement, request)
    ]
    return max(grants, key=lambda grant: grant.value, default=Grant.NONE)


def _named(statement: Statement, caller: Principal) -> Grant:
    if statement.not_principals:
        others = [_match(kind, value, caller) for kind, value in statement.not_principals]
        return Grant.ROLE if all(other is Grant.NONE for other in others) else Grant.NONE
    found = [_match(kind, value, caller) for kind, value in statement.principals]
    return max(found, key=lambda grant: grant.value, default=Grant.NONE)


def _match(kind: str, value: str, caller: Principal) -> Grant:
    if kind != "AWS":
        return Grant.NONE
    if value in (caller.account, f"arn:aws:iam::{caller.account}:root"):
        return Grant.ACCOUNT
    if value == caller.arn:
        return Grant.SESSION
    return Grant.ROLE if value in ("*", caller.role_arn) else Grant.NONE

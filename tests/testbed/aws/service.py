"""What the APIs share: the state they work on, who calls, and the one question "may they?"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from testbed.aws.authority import Decision, PolicyDocument, Principal
from testbed.aws.errors import AwsError, access_denied
from testbed.aws.iam.evaluate import Policies, Request, decide
from testbed.aws.sessions import Session, Sessions
from testbed.aws.world import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """One authenticated call. `session` is None only for the operations that AWS takes unsigned."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    session: Session | None
    context: Mapping[str, Any] = field(default_factory=dict)  # condition keys of the connection

    @property
    def caller(self) -> Session:
        if self.session is None:
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        return self.session

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"


class Permissions:
    """Answers from the roles' policies as they are at the moment of the question."""

    def __init__(self, world: World, sessions: Sessions) -> None:
        self._world = world
        self._sessions = sessions

    def decide(
        self,
        principal: Principal,
        action: str,
        resource: str,
        resource_policy: PolicyDocument | None,
        context: Mapping[str, Any],
    ) -> Decision:
        role = self._world.role(principal.role_arn)
        policies = Policies(
            identity=tuple(role.policies.values()) if role else (),
            session=principal.session_policies,
            resource=resource_policy,
        )
        request = Request(
            action=action,
            resource=resource,
            account=_account(resource) or principal.account,
            context={**_principal_keys(principal), **_time_keys(self._sessions.clock()), **context},
        )
        return decide(request, principal, policies)

    def require(
        self,
        call: Call,
        resource: str,
        resource_policy: PolicyDocument | None = None,
        code: str = "AccessDeniedException",
    ) -> None:
        """Raises AWS's AccessDenied sentence when the caller may not."""
        principal = call.caller.principal
        decision = self.decide(principal, call.action, resource, resource_policy, call.context)
        if not decision.allowed:
            raise access_denied(code, principal.arn, call.action, resource, decision.reason)


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.startswith("arn:") else ""


def _principal_keys(principal: Principal) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    return {
        "aws:PrincipalArn": principal.role_arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": principal.user_id,
        **{f"aws:PrincipalTag/{key}": value for key, value in principal.tags.items()},
    }


def _time_keys(now: datetime) -> dict[str, Any]:
    return {"aws:CurrentTime": now.isoformat(), "aws:EpochTime": int(now.timestamp())}

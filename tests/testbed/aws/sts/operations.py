"""STS: AssumeRoleWithWebIdentity, AssumeRole, GetCallerIdentity.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from testbed.aws.authority import Principal
from testbed.aws.errors import AwsError, access_denied
from testbed.aws.iam.evaluate import federated_trust
from testbed.aws.service import Call, Permissions
from testbed.aws.sessions import Session, Sessions
from testbed.aws.sts import session_options, validation, web_identity
from testbed.aws.sts.session_options import SessionOptions
from testbed.aws.sts.web_identity import Jwks
from testbed.aws.world import RoleState, World

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
UNSIGNED = frozenset({"AssumeRoleWithWebIdentity"})
MAX_SESSION = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"

Result = dict[str, Any]


class Sts:
    def __init__(self, world: World, sessions: Sessions, permissions: Permissions, jwks: Jwks) -> None:
        self._world = world
        self._sessions = sessions
        self._permissions = permissions
        self._jwks = jwks
        self.operations = {
            "AssumeRoleWithWebIdentity": self.assume_role_with_web_identity,
            "AssumeRole": self.assume_role,
            "GetCallerIdentity": self.get_caller_identity,
        }

    def get_caller_identity(self, call: Call) -> Result:
        """No permission is needed, and none can be taken away.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
        """
        principal = call.caller.principal
        return {"Arn": principal.arn, "UserId": principal.user_id, "Account": principal.account}

    def assume_role_with_web_identity(self, call: Call) -> Result:
        arn, name, seconds = validation.role_request(call.parameters)
        token = validation.required(call.parameters, "WebIdentityToken")
        options = session_options.read(
            {k: v for k, v in call.parameters.items() if not k.startswith("Tags.")}
        )
        account = arn.split(":")[4]
        identity = web_identity.verify(token, account, self._world, self._jwks, self._sessions.clock())
        role = self._world.role(arn)
        context = {**call.context, **identity.context, "sts:RoleSessionName": name}
        action = call.action
        if role is None or not federated_trust(role.trust, identity.provider.arn, action, context):
            # The same sentence for a role that isn't there and one whose trust policy says no.
            raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        _within_role_limit(role, seconds)
        session = self._sessions.open(_principal(role, name, options, {}), timedelta(seconds=seconds))
        return {
            **_answer(session, options),
            "SubjectFromWebIdentityToken": identity.subject,
            "Provider": identity.provider.arn,
            "Audience": identity.audience,
        }

    def assume_role(self, call: Call) -> Result:
        caller = call.caller
        arn, name, seconds = validation.role_request(call.parameters)
        options = session_options.read(call.parameters)
        inherited = {key: caller.principal.tags[key] for key in caller.transitive_tags}
        clash = set(inherited) & set(options.tags)
        if clash:
            raise AwsError(
                "InvalidParameterValue",
                "One of the specified transitive tag keys can't be set because it conflicts with a "
                "transitive tag key from the calling session.",
            )
        role = self._world.role(arn)
        self._authorize(call, arn, role, _request_keys(call.parameters, options))
        assert role is not None  # a role that isn't there trusts nobody
        if not caller.instance and seconds > validation.CHAINED_LIMIT:
            raise AwsError("ValidationError", CHAINED)
        _within_role_limit(role, seconds)
        session = self._sessions.open(
            _principal(role, name, options, inherited),
            timedelta(seconds=seconds),
            transitive_tags=(*caller.transitive_tags, *options.transitive),
        )
        return _answer(session, options, call.parameters.get("SourceIdentity"))

    def _authorize(self, call: Call, arn: str, role: RoleState | None, keys: Mapping[str, Any]) -> None:
        """AssumeRole, and what its parameters need besides: TagSession, SetSourceIdentity.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
        """
        needed = ["sts:AssumeRole"]
        if keys["aws:TagKeys"] or call.caller.transitive_tags:
            needed.append("sts:TagSession")
        if "SourceIdentity" in call.parameters:
            needed.append("sts:SetSourceIdentity")
        principal = call.caller.principal
        for action in needed:
            context = {**call.context, **keys}
            decision = self._permissions.decide(principal, action, arn, role.trust if role else None, context)
            if role is None or not decision.allowed:
                raise access_denied("AccessDenied", principal.arn, action, arn, "")


def _request_keys(parameters: Mapping[str, str], options: SessionOptions) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    single = {
        "sts:ExternalId": parameters.get("ExternalId"),
        "sts:RoleSessionName": parameters.get("RoleSessionName"),
        "sts:SourceIdentity": parameters.get("SourceIdentity"),
    }
    return {
        **{key: value for key, value in single.items() if value is not None},
        **{f"aws:RequestTag/{key}": value for key, value in options.tags.items()},
        "aws:TagKeys": list(options.tags),
        "sts:TransitiveTagKeys": list(options.transitive),
    }


def _within_role_limit(role: RoleState, seconds: int) -> None:
    if seconds > role.max_session_duration:
        raise AwsError("ValidationError", MAX_SESSION)


def _principal(
    role: RoleState, name: str, options: SessionOptions, inherited: Mapping[str, str]
) -> Principal:
    return Principal(
        arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{name}",
        account=role.account,
        role_arn=role.arn,
        user_id=f"{role.id}:{name}",
        tags={**inherited, **options.tags},
        session_policies=options.policies,
    )


def _answer(session: Session, options: SessionOptions, source_identity: str | None = None) -> Result:
    answer: Result = {
        "Credentials": {
            "AccessKeyId": session.access_key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": session.principal.user_id, "Arn": session.principal.arn},
    }
    if options.packed_percent is not None:
        answer["PackedPolicySize"] = options.packed_percent
    if source_identity is not None:
        answer["SourceIdentity"] = source_identity
    return answer

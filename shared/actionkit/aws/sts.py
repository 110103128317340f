"""The three calls to AWS STS; one try each.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from actionkit.aws import query
from actionkit.aws.identity import Credentials
from actionkit.aws.session_policies import SessionPolicies
from actionkit.aws.session_tags import Tags
from actionkit.network import Network


@dataclass(frozen=True, kw_only=True)
class Session:
    """A role session. `arn` is the session's, not the role's; `role_id` is `AROA…:SESSION-NAME`."""

    credentials: Credentials
    arn: str
    role_id: str
    expiration: datetime


@dataclass(frozen=True, kw_only=True)
class Caller:
    arn: str
    account: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The session that is asked for. At least 900 seconds."""

    role_arn: str
    seconds: int
    policies: SessionPolicies

    def parameters(self) -> dict[str, str]:
        """By the query protocol's names."""
        return {
            "RoleArn": self.role_arn,
            "DurationSeconds": str(self.seconds),
            **self.policies.parameters(),
        }


class Sts:
    """STS at `url` in one region. Sessions are named `session_name`. Each call raises explain.AWS_ERRORS."""

    def __init__(self, network: Network, url: str, region: str, session_name: str) -> None:
        self._network = network
        self._url = url
        self._region = region
        self._session_name = session_name

    def with_web_identity(self, wanted: Wanted, token: str) -> Session:
        """Unsigned: keys that happen to be in the environment can't interfere."""
        more = {"RoleSessionName": self._session_name, "WebIdentityToken": token}
        return _session(self._call("AssumeRoleWithWebIdentity", {**wanted.parameters(), **more}, None))

    def assume(self, wanted: Wanted, credentials: Credentials, *, external_id: str, tags: Tags) -> Session:
        """With the credentials of the role, or user, before."""
        external = {"ExternalId": external_id} if external_id else {}
        more = {"RoleSessionName": self._session_name, **external, **tags.parameters()}
        return _session(self._call("AssumeRole", {**wanted.parameters(), **more}, credentials))

    def caller(self, credentials: Credentials) -> Caller:
        """Who the credentials belong to; needs no permission."""
        return _caller(self._call("GetCallerIdentity", {}, credentials))

    def _call(
        self, action: str, parameters: Mapping[str, str], credentials: Credentials | None
    ) -> dict[str, str]:
        named = {"Action": action, **parameters}
        return query.call(self._network, self._url, self._region, named, credentials)


def _session(answer: Mapping[str, str]) -> Session:
    try:
        return Session(
            credentials=Credentials(
                access_key_id=answer["AccessKeyId"],
                secret_access_key=answer["SecretAccessKey"],
                session_token=answer["SessionToken"],
            ),
            arn=answer["Arn"],
            role_id=answer["AssumedRoleId"],
            # Python 3.10 doesn't read the `Z`.
            expiration=datetime.fromisoformat(answer["Expiration"].replace("Z", "+00:00")),
        )
    except (KeyError, ValueError) as error:
        raise query.NotFromAws("XML without a session in it") from error


def _caller(answer: Mapping[str, str]) -> Caller:
    try:
        return Caller(arn=answer["Arn"], account=answer["Account"])
    except KeyError as error:
        raise query.NotFromAws("XML without an identity in it") from error

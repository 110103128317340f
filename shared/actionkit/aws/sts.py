"""The three calls to AWS STS; one try each.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from actionkit.aws import endpoints, query
from actionkit.aws.identity import Credentials
from actionkit.aws.settings import Hop
from actionkit.network import Network


@dataclass(frozen=True, kw_only=True)
class Session:
    """A role session. `arn` is the session's, not the role's."""

    credentials: Credentials
    arn: str
    expiration: datetime


@dataclass(frozen=True, kw_only=True)
class Caller:
    arn: str
    account: str


class Sts:
    """STS of one region. Sessions of at least 900 seconds, named `session_name`.

    Each call raises explain.STS_ERRORS.
    """

    def __init__(self, environ: Mapping[str, str], region: str, session_name: str) -> None:
        self._network = Network(environ)
        self._url = endpoints.sts(region, environ)
        self._region = region
        self._session_name = session_name

    def with_web_identity(self, role_arn: str, token: str, seconds: int) -> Session:
        """Unsigned: keys that happen to be in the environment can't interfere."""
        return self._session(
            "AssumeRoleWithWebIdentity", role_arn, seconds, {"WebIdentityToken": token}, credentials=None
        )

    def assume(self, hop: Hop, source: Credentials, seconds: int) -> Session:
        external = {"ExternalId": hop.external_id} if hop.external_id else {}
        return self._session("AssumeRole", hop.role.text, seconds, external, credentials=source)

    def caller(self, credentials: Credentials) -> Caller:
        """Who the credentials belong to; needs no permission."""
        return _caller(self._call({"Action": "GetCallerIdentity"}, credentials))

    def _session(
        self,
        action: str,
        role_arn: str,
        seconds: int,
        more: Mapping[str, str],
        *,
        credentials: Credentials | None,
    ) -> Session:
        parameters = {
            "Action": action,
            "RoleArn": role_arn,
            "RoleSessionName": self._session_name,
            "DurationSeconds": str(seconds),
            **more,
        }
        return _session(self._call(parameters, credentials))

    def _call(self, parameters: Mapping[str, str], credentials: Credentials | None) -> dict[str, str]:
        return query.call(self._network, self._url, self._region, parameters, credentials)


def _session(answer: Mapping[str, str]) -> Session:
    try:
        return Session(
            credentials=Credentials(
                access_key_id=answer["AccessKeyId"],
                secret_access_key=answer["SecretAccessKey"],
                session_token=answer["SessionToken"],
            ),
            arn=answer["Arn"],
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

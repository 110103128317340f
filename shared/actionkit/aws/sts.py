"""The three calls to AWS STS; one try each.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actionkit.aws.clients import client
from actionkit.aws.identity import Credentials
from actionkit.aws.settings import Hop


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
    """STS of one region. Sessions of at least 900 seconds, named `session_name`."""

    def __init__(self, region: str, session_name: str) -> None:
        self._region = region
        self._session_name = session_name

    def with_web_identity(self, role_arn: str, token: str, seconds: int) -> Session:
        """Unsigned: keys that happen to be in the environment can't interfere."""
        answer = self._client(None).assume_role_with_web_identity(
            RoleArn=role_arn,
            RoleSessionName=self._session_name,
            WebIdentityToken=token,
            DurationSeconds=seconds,
        )
        return _session(answer)

    def assume(self, hop: Hop, source: Credentials, seconds: int) -> Session:
        external = {"ExternalId": hop.external_id} if hop.external_id else {}
        answer = self._client(source).assume_role(
            RoleArn=hop.role.text, RoleSessionName=self._session_name, DurationSeconds=seconds, **external
        )
        return _session(answer)

    def caller(self, credentials: Credentials) -> Caller:
        """Who the credentials belong to; needs no permission."""
        answer = self._client(credentials).get_caller_identity()
        return Caller(arn=answer["Arn"], account=answer["Account"])

    def _client(self, credentials: Credentials | None) -> Any:
        # One attempt: the caller decides what to ask for anew, and when to give up.
        return client("sts", credentials, self._region, attempts=1)


def _session(answer: Mapping[str, Any]) -> Session:
    keys = answer["Credentials"]
    return Session(
        credentials=Credentials(
            access_key_id=keys["AccessKeyId"],
            secret_access_key=keys["SecretAccessKey"],
            session_token=keys["SessionToken"],
        ),
        arn=answer["AssumedRoleUser"]["Arn"],
        expiration=keys["Expiration"],
    )

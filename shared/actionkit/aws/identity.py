"""Who we are in AWS, and the keys that prove it."""

from dataclasses import dataclass, field
from datetime import datetime

from actionkit.aws import arn


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Keys; neither the secret nor the token shows in a repr. `session_token` is empty for an IAM user's."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    def as_environment(self) -> dict[str, str]:
        """The variables every AWS SDK reads; an empty AWS_SESSION_TOKEN takes the place of a stale one."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Confirmed by AWS: STS names it with the session that it gives, or is asked by GetCallerIdentity.

    source: where the first credentials came from, one of source.CHOICES but `auto`. found: this was there
    already, by no role and by no key of the inputs. chain: each role on the way, first to last; where the
    first one isn't taken by web identity, the identity that the source gave comes before. role_id: AWS's
    `AROA…:SESSION-NAME`; empty where no role was assumed. alias: the account's, if the
    inputs give one. expiration: None where the source doesn't say. region: the one the credentials were
    obtained in. http_proxy, no_proxy: of the inputs, for calls to AWS with these credentials.
    """

    credentials: Credentials
    arn: str
    account: str
    source: str
    found: bool
    chain: tuple[str, ...]
    role_id: str = ""
    alias: str = ""
    expiration: datetime | None
    region: str = ""
    http_proxy: str = field(default="", repr=False)
    no_proxy: str = ""

    @property
    def partition(self) -> str:
        return arn.partition(self.arn)

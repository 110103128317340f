"""STS's answers: waited for as long as that may help, masked at once, explained where they are refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from actionkit.aws import claims, denials
from actionkit.aws.arn import RoleArn
from actionkit.aws.explain import AWS_ERRORS, code, explain
from actionkit.aws.identity import Credentials
from actionkit.aws.patience import patiently
from actionkit.aws.session_tags import NO_TAGS, Tags
from actionkit.aws.settings import CredentialSettings
from actionkit.aws.sts import Caller, Session, Sts, Wanted
from actionkit.retry import Clock
from actionkit.runner import Runner

T = TypeVar("T")
# A secret of 40 characters has neither `+` nor `/` in 28 of 100 cases; AWS charges nothing for asking.
PLAIN_TRIES = 40


@dataclass(frozen=True, kw_only=True)
class Next:
    """A role to assume. tags: what to send with it, all of them or, with False, the fewest; None for none.

    last: its session is the one that is used in the end.
    """

    role: RoleArn
    external_id: str
    tags: Callable[[bool], Tags] | None
    last: bool


class Sessions:
    def __init__(self, settings: CredentialSettings, runner: Runner, clock: Clock, sts: Sts) -> None:
        self._settings = settings
        self._runner = runner
        self._clock = clock
        self._sts = sts

    def by_token(self, role: RoleArn, wanted: Wanted, fresh: Callable[[], str]) -> Session:
        """AssumeRoleWithWebIdentity, with a token of its own for each attempt."""
        token = ""

        def ask() -> Session:
            nonlocal token
            token = fresh()
            return self._sts.with_web_identity(wanted, token)

        try:
            return self._plain(lambda: self.patiently(ask))
        except AWS_ERRORS as error:
            attempt = denials.Attempt(role=role, claims=claims.read(token), at=self._clock.utc())
            raise denials.web_identity(error, attempt) from error

    def by_role(
        self, caller: str, credentials: Credentials, hop: Next, wanted: Wanted
    ) -> tuple[Session, Tags]:
        """AssumeRole by `caller`, an ARN, with its credentials; and the tags that were sent."""
        tags = hop.tags(True) if hop.tags else NO_TAGS
        try:
            try:
                return self._assume(credentials, hop, wanted, tags), tags
            except AWS_ERRORS as error:
                if code(error) != denials.TOO_LARGE or not hop.tags:
                    raise
                self._runner.info(
                    "Policies and tags are too large together for a session: fewer tags are sent."
                )
                tags = hop.tags(False)
                return self._assume(credentials, hop, wanted, tags), tags
        except AWS_ERRORS as error:
            external, tagged = bool(hop.external_id), bool(tags.values)
            raise denials.hop(error, hop.role, caller, external_id=external, tagged=tagged) from error

    def caller(self, credentials: Credentials, attempts: int | None) -> Caller:
        """GetCallerIdentity; `attempts` as in `patiently`."""
        self._mask(credentials)
        try:
            return self.patiently(lambda: self._sts.caller(credentials), attempts)
        except AWS_ERRORS as error:
            raise explain(error, doing="asking STS who we are") from error

    def _assume(self, credentials: Credentials, hop: Next, wanted: Wanted, tags: Tags) -> Session:
        def ask() -> Session:
            return self._sts.assume(wanted, credentials, external_id=hop.external_id, tags=tags)

        return self._plain(lambda: self.patiently(ask))

    def _plain(self, ask: Callable[[], Session]) -> Session:
        """A masked session, its keys without special characters where the settings want them plain."""
        for _ in range(PLAIN_TRIES):
            session = ask()
            keys = session.credentials
            self._mask(keys)
            if not self._settings.plain_keys or (keys.access_key_id + keys.secret_access_key).isalnum():
                break
        return session

    def patiently(self, call: Callable[[], T], attempts: int | None = None) -> T:
        """`call()` as often as the settings allow, or `attempts` times."""
        return patiently(call, self._clock, self._runner.info, attempts or self._settings.attempts)

    def _mask(self, credentials: Credentials) -> None:
        for secret in credentials.as_environment().values():
            self._runner.add_mask(secret)

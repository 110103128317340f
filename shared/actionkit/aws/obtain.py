"""The one way by which the three actions get AWS credentials. Exports nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError

from actionkit.aws import ambient, arn, claims, endpoints, session_tags, source, token_file
from actionkit.aws.arn import RoleArn, RoleName
from actionkit.aws.claims import Claims
from actionkit.aws.fields import SHORTEST_SECONDS
from actionkit.aws.identity import Credentials, Identity
from actionkit.aws.region_choice import settle_region
from actionkit.aws.session_policies import NO_POLICIES, SessionPolicies
from actionkit.aws.session_tags import Tags, onward
from actionkit.aws.sessions import Next, Sessions
from actionkit.aws.settings import CredentialSettings
from actionkit.aws.sts import Sts, Wanted
from actionkit.errors import ActionError, IdTokenUnavailable
from actionkit.network import Network, by_proxy
from actionkit.retry import Clock
from actionkit.runner import Runner

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
CHAINED_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class _Step:
    """How far we got. `arn` is AWS's own word on who we are.

    chained: AWS counts a role assumed from here as chained, an hour at most. inherited: keys of the tags that
    AWS carries on from here.
    """

    credentials: Credentials
    arn: str
    source: str
    found: bool
    chain: tuple[str, ...]
    expiration: datetime | None
    chained: bool
    role_id: str = ""
    inherited: tuple[str, ...] = ()


def obtain(
    settings: CredentialSettings, runner: Runner, clock: Clock, *, environ: Mapping[str, str] | None = None
) -> Identity:
    """Who the settings make us, confirmed by AWS; all keys are masked before they are used.

    `role_to_assume` is taken with the job's OIDC token unless the inputs name another source, never with
    credentials that happen to be there. Then each hop of `role_chain`. `environ` is where credentials are
    looked for, if that isn't the step's environment.
    """
    if settings.mask_account:
        for role in settings.roles:
            runner.add_mask(role.account)
    region = settle_region(settings, runner)
    if password := urlsplit(settings.http_proxy).password:
        runner.add_mask(password)
    way = by_proxy(runner.environ, settings.http_proxy, settings.no_proxy)
    try:
        url = settings.sts_endpoint or endpoints.sts(region, runner.environ)
    except BotoCoreError as error:
        raise ActionError(
            "AWS's configuration file can't be read", f"{error}", "Mend or remove it."
        ) from None
    sts = Sts(Network(way), url, region, settings.role_session_name)
    found_in = runner.environ if environ is None else environ
    return _Obtainer(settings, runner, Sessions(settings, runner, clock, sts), found_in).obtain(region)


class _Obtainer:
    def __init__(
        self,
        settings: CredentialSettings,
        runner: Runner,
        sessions: Sessions,
        environ: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._runner = runner
        self._sessions = sessions
        self._environ = environ

    def obtain(self, region: str) -> Identity:
        if isinstance(self._settings.last_role, RoleArn):
            self._require(self._settings.last_role.account)
        step = (self._existing() if self._settings.use_existing else None) or self._assumed()
        account = arn.account(step.arn)
        self._require(account)
        alias = self._settings.accounts.aliases.get(account, "")
        self._runner.info(f"AWS confirms: {step.arn}{f' ({alias})' if alias else ''}.")
        return Identity(
            credentials=step.credentials,
            arn=step.arn,
            account=account,
            alias=alias,
            source=step.source,
            found=step.found,
            chain=step.chain,
            role_id=step.role_id,
            expiration=step.expiration,
            region=region,
            http_proxy=self._settings.http_proxy,
            no_proxy=self._settings.no_proxy,
        )

    def _require(self, account: str) -> None:
        """What the inputs say of the account: before the call that would get its credentials, and after."""
        self._settings.accounts.require_allowed(account)
        self._settings.accounts.require_environment(account, lambda: self._claims)

    @cached_property
    def _claims(self) -> Claims:
        """What GitHub says of the job, asked for whichever source the credentials have."""
        try:
            token = self._sessions.patiently(lambda: self._runner.id_token(self._settings.audience))
            return claims.read(token)
        except IdTokenUnavailable:
            raise ActionError(
                "The job can't prove its environment",
                "`require-environment` protects the account, and only GitHub's ID token says for certain "
                "which environment and ref the job has: the job lacks `permissions: id-token: write`.",
                "Give the job that permission.",
            ) from None

    def _existing(self) -> _Step | None:
        """What `use-existing-credentials` is content with; None where nothing is there or AWS refuses it."""
        try:
            step = self._ambient(source.AMBIENT, attempts=1)
            self._require(arn.account(step.arn))
        except ActionError as error:
            self._runner.notice(f"{error.message} So credentials are obtained anew.", title=error.title)
            return None
        self._runner.notice("The credentials that are there are valid and stay.", title="Nothing to obtain")
        return step

    def _assumed(self) -> _Step:
        wanted = self._settings.decided
        if wanted in source.BY_WEB_IDENTITY:
            step = self._by_web_identity(wanted)
        elif wanted == source.KEYS:
            step = self._by_keys()
        else:
            step = self._ambient(wanted)
        first = None if wanted in source.BY_WEB_IDENTITY else self._settings.role_to_assume
        hops = [*self._first_hop(first, step), *self._chain()]
        for hop in hops:
            step = self._hop(step, hop)
        return step

    def _first_hop(self, role: RoleArn | RoleName | None, step: _Step) -> list[Next]:
        """`role-to-assume`, where other credentials than a token are to assume it."""
        if not role:
            return []
        if isinstance(role, RoleName):
            named, role = role, role.within(arn.partition(step.arn), arn.account(step.arn))
            if not role:
                raise ActionError("No such role", f"`{named}` is no role's name.", "Write the role's ARN.")
        last = not self._settings.role_chain
        if last:
            self._require(role.account)
        external_id = self._settings.role_external_id
        return [Next(role=role, external_id=external_id, tags=self._tags, last=last)]

    def _chain(self) -> list[Next]:
        """`role-chain`. Tags need a permission of their own, so these have them only where some are given."""
        settings, chain = self._settings.tags, self._settings.role_chain
        tags = self._tags if settings.custom or settings.transitive else None
        return [
            Next(role=hop.role, external_id=hop.external_id, tags=tags, last=number == len(chain))
            for number, hop in enumerate(chain, start=1)
        ]

    def _tags(self, all_of_them: bool) -> Tags:
        return session_tags.build(self._settings.tags, self._runner.environ, all_of_them=all_of_them)

    def _by_web_identity(self, wanted: str) -> _Step:
        role = self._settings.role_to_assume
        if not isinstance(role, RoleArn):
            raise TypeError("settings let a role's name through to web identity")
        what = "the job's OIDC token" if wanted == source.OIDC else "the token file"
        self._runner.info(f"Assuming {role} with {what}.")
        if self._runner.environ.get("AWS_ACCESS_KEY_ID"):
            self._runner.info("The keys in the environment (AWS_ACCESS_KEY_ID) are not used for it.")
        # What follows in the chain needs this session for a moment only.
        last = not self._settings.role_chain
        seconds = self._settings.role_duration_seconds if last else SHORTEST_SECONDS
        asked = self._wanted(role, seconds, last=last)
        session = self._sessions.by_token(role, asked, lambda: self._token(wanted))
        return _Step(
            credentials=session.credentials,
            arn=session.arn,
            source=wanted,
            found=False,
            chain=(role.text,),
            expiration=session.expiration,
            chained=True,
            role_id=session.role_id,
        )

    def _token(self, wanted: str) -> str:
        """A fresh one for each attempt."""
        file = self._settings.web_identity_token_file
        if wanted == source.OIDC or file is None:
            return self._runner.id_token(self._settings.audience)
        token = token_file.read(self._runner.workspace / file)
        self._runner.add_mask(token)
        return token

    def _by_keys(self) -> _Step:
        keys = self._settings.keys
        if not keys:
            raise TypeError("settings let keys be chosen that aren't there")
        return self._confirmed(keys, source.KEYS)

    def _ambient(self, wanted: str, *, attempts: int | None = None) -> _Step:
        found = ambient.find(self._environ, wanted)
        step = self._confirmed(found.credentials, found.source, attempts=attempts)
        self._runner.info(f"Found credentials of {step.arn} (source: {found.source}).")
        return replace(step, found=True, expiration=found.expiration)

    def _confirmed(self, credentials: Credentials, where: str, *, attempts: int | None = None) -> _Step:
        caller = self._sessions.caller(credentials, attempts)
        if self._settings.mask_account:
            self._runner.add_mask(caller.account)
        return _Step(
            credentials=credentials,
            arn=caller.arn,
            source=where,
            found=False,
            chain=(caller.arn,),
            expiration=None,
            chained=where != source.INSTANCE and arn.is_role_session(caller.arn),
        )

    def _hop(self, step: _Step, hop: Next) -> _Step:
        self._runner.info(f"Assuming {hop.role} as {step.arn}.")
        wanted = self._wanted(hop.role, self._seconds(step) if hop.last else SHORTEST_SECONDS, last=hop.last)
        if tags := hop.tags:
            hop = replace(hop, tags=lambda all_of_them: onward(tags(all_of_them), step.inherited))
        session, sent = self._sessions.by_role(step.arn, step.credentials, hop, wanted)
        return _Step(
            credentials=session.credentials,
            arn=session.arn,
            source=step.source,
            found=False,
            chain=(*step.chain, hop.role.text),
            expiration=session.expiration,
            chained=True,
            role_id=session.role_id,
            inherited=(*step.inherited, *sent.transitive),
        )

    def _wanted(self, role: RoleArn, seconds: int, *, last: bool) -> Wanted:
        """Policies narrow the session that is used in the end, not those on the way to it."""
        policies: SessionPolicies = self._settings.policies if last else NO_POLICIES
        return Wanted(role_arn=role.text, seconds=seconds, policies=policies)

    def _seconds(self, step: _Step) -> int:
        wanted = self._settings.role_duration_seconds
        if wanted <= CHAINED_SECONDS or not step.chained:
            return wanted
        self._runner.notice(
            f"`role-duration-seconds` is {wanted}; AWS gives a role that was assumed from another role "
            f"{CHAINED_SECONDS} seconds at most, so that is what was asked for.",
            title="Shorter session",
        )
        return CHAINED_SECONDS

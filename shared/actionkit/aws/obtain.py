"""The one way by which the three actions get AWS credentials. Exports nothing."""

from dataclasses import dataclass
from datetime import datetime

from actionkit.aws import ambient, arn, claims, denials, regions
from actionkit.aws.arn import RoleArn
from actionkit.aws.explain import AWS_ERRORS, explain
from actionkit.aws.identity import Credentials, Identity
from actionkit.aws.patience import patiently
from actionkit.aws.settings import SHORTEST_SECONDS, CredentialSettings, Hop
from actionkit.aws.sts import Caller, Session, Sts
from actionkit.errors import ActionError
from actionkit.retry import Clock
from actionkit.runner import Runner

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
CHAINED_SECONDS = 3600
OIDC = "oidc"


@dataclass(frozen=True, kw_only=True)
class _Step:
    """How far we got. `arn` is AWS's own word on who we are.

    `chained`: AWS counts a role assumed from here as chained, an hour at most.
    """

    credentials: Credentials
    arn: str
    source: str
    chain: tuple[str, ...]
    expiration: datetime | None
    chained: bool


def obtain(settings: CredentialSettings, runner: Runner, clock: Clock) -> Identity:
    """Who the settings make us, confirmed by AWS; all keys are masked before they are used.

    `role_to_assume` is taken with the job's OIDC token, never with credentials that happen to be there.
    Without it the start is what the environment has. Then each hop of `role_chain`.
    """
    region = _region(settings, runner)
    for role in settings.roles[-1:]:
        _require_allowed(settings, role.account)
    return _Obtainer(settings, runner, clock, region).obtain()


class _Obtainer:
    def __init__(self, settings: CredentialSettings, runner: Runner, clock: Clock, region: str) -> None:
        self._settings = settings
        self._runner = runner
        self._clock = clock
        self._region = region
        self._sts = Sts(runner.environ, region, settings.role_session_name)

    def obtain(self) -> Identity:
        role = self._settings.role_to_assume
        step = self._with_oidc(role) if role else self._ambient()
        for number, hop in enumerate(self._settings.role_chain, start=1):
            step = self._hop(step, hop, last=number == len(self._settings.role_chain))
        # STS names the session's account itself, so nobody has to be asked who we are.
        account = arn.account(step.arn)
        _require_allowed(self._settings, account)
        self._runner.info(f"AWS confirms: {step.arn}.")
        return Identity(
            credentials=step.credentials,
            arn=step.arn,
            account=account,
            source=step.source,
            chain=step.chain,
            expiration=step.expiration,
            region=self._region,
        )

    def _with_oidc(self, role: RoleArn) -> _Step:
        self._runner.info(f"Assuming {role} with the job's OIDC token.")
        if self._runner.environ.get("AWS_ACCESS_KEY_ID"):
            self._runner.info("The keys in the environment (AWS_ACCESS_KEY_ID) are not used for it.")
        # What follows in the chain needs this session for a moment only.
        seconds = SHORTEST_SECONDS if self._settings.role_chain else self._settings.role_duration_seconds
        token = ""

        def ask() -> Session:
            nonlocal token
            token = self._runner.id_token(self._settings.audience)
            return self._sts.with_web_identity(role.text, token, seconds)

        try:
            session = patiently(ask, self._clock, self._runner.info)
        except AWS_ERRORS as error:
            attempt = denials.Attempt(role=role, claims=claims.read(token), at=self._clock.utc())
            raise denials.web_identity(error, attempt) from error
        self._mask(session.credentials)
        return _Step(
            credentials=session.credentials,
            arn=session.arn,
            source=OIDC,
            chain=(role.text,),
            expiration=session.expiration,
            chained=True,
        )

    def _ambient(self) -> _Step:
        found = ambient.find(self._runner.environ)
        self._mask(found.credentials)
        caller = self._caller(found.credentials)
        self._runner.info(f"Found credentials of {caller.arn} (source: {found.source}).")
        return _Step(
            credentials=found.credentials,
            arn=caller.arn,
            source=found.source,
            chain=(caller.arn,),
            expiration=found.expiration,
            chained=found.source != ambient.INSTANCE_ROLE and arn.is_role_session(caller.arn),
        )

    def _hop(self, step: _Step, hop: Hop, *, last: bool) -> _Step:
        self._runner.info(f"Assuming {hop.role} as {step.arn}.")
        seconds = self._seconds(step) if last else SHORTEST_SECONDS
        try:
            session = patiently(
                lambda: self._sts.assume(hop, step.credentials, seconds), self._clock, self._runner.info
            )
        except AWS_ERRORS as error:
            raise denials.hop(error, hop.role, step.arn, external_id=bool(hop.external_id)) from error
        self._mask(session.credentials)
        return _Step(
            credentials=session.credentials,
            arn=session.arn,
            source=step.source,
            chain=(*step.chain, hop.role.text),
            expiration=session.expiration,
            chained=True,
        )

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

    def _caller(self, credentials: Credentials) -> Caller:
        try:
            return patiently(lambda: self._sts.caller(credentials), self._clock, self._runner.info)
        except AWS_ERRORS as error:
            raise explain(error, doing=f"asking STS in {self._region} who we are") from error

    def _mask(self, credentials: Credentials) -> None:
        for secret in credentials.as_environment().values():
            self._runner.add_mask(secret)


def _region(settings: CredentialSettings, runner: Runner) -> str:
    region = settings.aws_region or next(
        (v for n in ("AWS_REGION", "AWS_DEFAULT_REGION") if (v := runner.environ.get(n, ""))), ""
    )
    if not region:
        raise ActionError(
            "No AWS region",
            "`aws-region` is empty, and so is AWS_REGION of the environment.",
            "Give `aws-region`, or run assume-role earlier in the job.",
        )
    if wrong := regions.problem(region, settings.roles):
        raise ActionError("Wrong AWS region", f"The region {wrong[0]}.", wrong[1])
    if not regions.is_known(region):
        near = regions.nearest(region)
        runner.warning(
            f"`{region}` is not among the regions this release knows."
            + (f" Perhaps you meant `{near}`." if near else ""),
            title="Unknown AWS region",
        )
    return region


def _require_allowed(settings: CredentialSettings, account: str) -> None:
    allowed = settings.allowed_account_ids
    if allowed and account not in allowed:
        raise ActionError(
            "Wrong AWS account",
            f"The credentials would be for account {account}, and `allowed-account-ids` allows "
            f"{', '.join(allowed)}. Nothing was exported.",
            "Correct the role's ARN, the runner that the job is on, or the list.",
        )

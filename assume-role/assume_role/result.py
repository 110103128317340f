"""An identity as variables, outputs and a summary. Pure: values in, values out."""

from datetime import datetime, timezone

from actionkit import markdown
from actionkit.aws import source
from actionkit.aws.identity import Identity
from assume_role.profiles import JOB, VARIABLES, Place
from assume_role.settings import Settings

SOURCES = {
    source.OIDC: "the job's OIDC token",
    source.KEYS: "keys of the inputs",
    source.TOKEN_FILE: "a web identity token file",
    source.ENVIRONMENT: "keys in the environment, from an earlier step",
    source.PROFILE: "a profile on the runner",
    source.CONTAINER: "the runner container's role",
    source.INSTANCE: "the runner's instance role",
}
REGIONS = {"AWS_REGION", "AWS_DEFAULT_REGION"}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def variables(identity: Identity, settings: Settings, place: Place | None = None) -> dict[str, str]:
    """What later steps find in their environment; `place` is where a profile was written.

    What was there already isn't copied: SDKs find it for themselves and renew it, and a copy would go stale.
    """
    profile = _profile(settings, place)
    blank = dict.fromkeys(KEYS, "") if settings.unset else {}
    if not settings.to_environment:
        return {**blank, **profile}
    region = dict.fromkeys(REGIONS, identity.region)
    if not identity.found:
        return {**identity.credentials.as_environment(), **region, **profile}
    return {**blank, **region, **profile}


def _profile(settings: Settings, place: Place | None) -> dict[str, str]:
    if not settings.profile or not place:
        return {}
    named = {"AWS_PROFILE": settings.profile.name}
    if settings.profile.location != JOB:
        return named  # where SDKs look anyway
    return {**named, **dict(zip(VARIABLES, map(str, place.files), strict=True))}


def outputs(
    identity: Identity, now: datetime, settings: Settings, place: Place | None = None
) -> dict[str, str]:
    """No secret among them unless asked for: an output is readable by every later step, and in debug logs."""
    left = seconds_left(identity, now)
    keys = {
        "aws-access-key-id": identity.credentials.access_key_id,
        "aws-secret-access-key": identity.credentials.secret_access_key,
        "aws-session-token": identity.credentials.session_token,
    }
    return {
        "aws-account-id": identity.account,
        "authenticated-arn": identity.arn,
        "aws-region": identity.region,
        "aws-partition": identity.partition,
        "assumed-role-id": identity.role_id,
        "credential-source": identity.source,
        "role-chain-arns": "\n".join(identity.chain),
        "aws-expiration": "" if identity.expiration is None else _iso(identity.expiration),
        "expires-in-seconds": "" if left is None else str(left),
        "aws-profile": settings.profile.name if settings.profile else "",
        "config-file": str(place.config) if place else "",
        "credentials-file": str(place.credentials) if place else "",
        **(keys if settings.to_outputs else {}),
    }


def summary(identity: Identity, now: datetime) -> str:
    """Who we are, how we got there, until when."""
    alias = f" ({markdown.escape(identity.alias)})" if identity.alias else ""
    rows = [
        ("Identity", markdown.code(identity.arn)),
        ("Account", f"{markdown.code(identity.account)}{alias}"),
        ("Region", markdown.code(identity.region)),
        ("From", markdown.escape(SOURCES.get(identity.source, identity.source))),
    ]
    if len(identity.chain) > 1:
        rows.append(("By way of", " → ".join(markdown.code(arn) for arn in identity.chain)))
    rows.append(("Valid", _valid(identity, now)))
    title = f"### 🔑 AWS: {markdown.escape(_short(identity.arn))} in {identity.account}{alias}"
    return f"{title}\n\n{markdown.table(rows[0], rows[1:])}"


def seconds_left(identity: Identity, now: datetime) -> int | None:
    if identity.expiration is None:
        return None
    return max(0, int((identity.expiration - now).total_seconds()))


def _valid(identity: Identity, now: datetime) -> str:
    left = seconds_left(identity, now)
    if identity.found and identity.source in (source.INSTANCE, source.CONTAINER):
        return "as long as the job: AWS SDKs renew them"
    if identity.expiration is None or left is None:
        return "the source doesn't say until when"
    hours, minutes = divmod(round(left / 60), 60)
    span = " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n) or "0 min"
    return f"{span}, until {identity.expiration.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _short(arn: str) -> str:
    """`deploy` of arn:aws:sts::111111111111:assumed-role/deploy/session, or the user's name."""
    parts = arn.rpartition(":")[2].split("/")
    return parts[1] if len(parts) > 1 else parts[0]

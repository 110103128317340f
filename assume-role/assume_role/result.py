"""An identity as variables, outputs and a summary. Pure: values in, values out."""

from datetime import datetime, timezone

from actionkit import markdown
from actionkit.aws.identity import Identity

SOURCES = {
    "oidc": "the job's OIDC token",
    "environment": "keys in the environment, from an earlier step",
    "instance-role": "the runner's instance role",
    "container-role": "the runner container's role",
    "web-identity-file": "a web identity token file on the runner",
    "profile": "a profile on the runner",
}


def variables(identity: Identity, *, assumed: bool) -> dict[str, str]:
    """What later steps find in their environment.

    Without a role nothing was assumed: SDKs find the same credentials for themselves and renew them, and a
    copy would only go stale.
    """
    region = {"AWS_REGION": identity.region, "AWS_DEFAULT_REGION": identity.region}
    return {**identity.credentials.as_environment(), **region} if assumed else region


def outputs(identity: Identity, now: datetime) -> dict[str, str]:
    """No secret among them: an output is readable by every later step of the job, and in debug logs."""
    left = seconds_left(identity, now)
    return {
        "aws-account-id": identity.account,
        "authenticated-arn": identity.arn,
        "aws-region": identity.region,
        "aws-partition": identity.partition,
        "credential-source": identity.source,
        "role-chain-arns": "\n".join(identity.chain),
        "aws-expiration": "" if identity.expiration is None else _iso(identity.expiration),
        "expires-in-seconds": "" if left is None else str(left),
    }


def summary(identity: Identity, now: datetime, *, assumed: bool) -> str:
    """Who we are, how we got there, until when."""
    rows = [
        ("Identity", markdown.code(identity.arn)),
        ("Account", markdown.code(identity.account)),
        ("Region", markdown.code(identity.region)),
        ("From", markdown.escape(SOURCES.get(identity.source, identity.source))),
    ]
    if len(identity.chain) > 1:
        rows.append(("By way of", " → ".join(markdown.code(arn) for arn in identity.chain)))
    rows.append(("Valid", _valid(identity, now, assumed=assumed)))
    title = f"### 🔑 AWS: {markdown.escape(_short(identity.arn))} in {identity.account}"
    return f"{title}\n\n{markdown.table(rows[0], rows[1:])}"


def seconds_left(identity: Identity, now: datetime) -> int | None:
    if identity.expiration is None:
        return None
    return max(0, int((identity.expiration - now).total_seconds()))


def _valid(identity: Identity, now: datetime, *, assumed: bool) -> str:
    left = seconds_left(identity, now)
    if not assumed and identity.source in ("instance-role", "container-role"):
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

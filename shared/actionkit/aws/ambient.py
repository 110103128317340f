"""Credentials that are there already: the environment, a profile, the runner's instance role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError

from actionkit.aws import metadata, source
from actionkit.aws.identity import Credentials
from actionkit.errors import ActionError

# botocore's name of each provider in its chain, and ours; all others belong to profiles.
SOURCES = {
    "env": source.ENVIRONMENT,
    "iam-role": source.INSTANCE,
    "container-role": source.CONTAINER,
    "assume-role-with-web-identity": source.TOKEN_FILE,
}
# Variables that make botocore look beyond the environment's keys before it asks the instance.
ELSEWHERE = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


# The providers, by botocore's names, of a source that is asked for by name.
PROVIDERS = {
    source.ENVIRONMENT: ("env",),
    source.PROFILE: (
        "assume-role",
        "shared-credentials-file",
        "config-file",
        "custom-process",
        "sso",
        "login",
    ),
    source.CONTAINER: ("container-role",),
}
# How each is called in a message.
NAMES = {
    source.ENVIRONMENT: "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
    source.PROFILE: "a profile (AWS_PROFILE, or `default`)",
    source.CONTAINER: "the container's endpoint (AWS_CONTAINER_CREDENTIALS_…)",
    source.INSTANCE: "the instance's metadata service",
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """`source` is one of source.CHOICES; `expiration` is None where the source doesn't say."""

    credentials: Credentials
    source: str
    expiration: datetime | None


def find(environ: Mapping[str, str], wanted: str = source.AMBIENT) -> Found:
    """The first credentials in the order in which every AWS SDK looks, or those of the one source `wanted`.

    ActionError where there are none. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    """
    try:
        found = _find(environ, wanted)
    except BotoCoreError as error:
        raise _none(wanted, f" What was tried last: {error}") from error
    if not found or (wanted not in (source.AMBIENT, found.source)):
        raise _none(wanted, "")
    return found


def _find(environ: Mapping[str, str], wanted: str) -> Found | None:
    if wanted == source.INSTANCE:
        return _of_instance(environ)
    if wanted in (source.AMBIENT, source.ENVIRONMENT) and (found := _keys(environ)):
        return found
    if wanted == source.AMBIENT and not _looks_elsewhere(environ):
        return _of_instance(environ)
    return _by_botocore(environ, wanted)


def _keys(environ: Mapping[str, str]) -> Found | None:
    """What an earlier step exported. Half a pair, an expiry, the token's old name are botocore's to judge."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret or environ.get("AWS_CREDENTIAL_EXPIRATION") or environ.get("AWS_SECURITY_TOKEN"):
        return None
    token = environ.get("AWS_SESSION_TOKEN", "")
    credentials = Credentials(access_key_id=key, secret_access_key=secret, session_token=token)
    return Found(credentials=credentials, source=source.ENVIRONMENT, expiration=None)


def _of_instance(environ: Mapping[str, str]) -> Found | None:
    role = metadata.instance_role(environ)
    if not role:
        return None
    return Found(
        credentials=Credentials(
            access_key_id=role["access_key"],
            secret_access_key=role["secret_key"],
            session_token=role["token"],
        ),
        source=source.INSTANCE,
        expiration=datetime.fromisoformat(role["expiry_time"].replace("Z", "+00:00")),
    )


def _looks_elsewhere(environ: Mapping[str, str]) -> bool:
    """Whether anything between the keys and the instance's metadata is set up: then botocore is needed."""
    files = (
        environ.get("AWS_CONFIG_FILE") or "~/.aws/config",
        environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
        environ.get("BOTO_CONFIG") or "~/.boto",
        "/etc/boto.cfg",
    )
    return any(environ.get(name) for name in ELSEWHERE) or any(
        Path(file).expanduser().exists() for file in files
    )


def _by_botocore(environ: Mapping[str, str], wanted: str) -> Found | None:
    from actionkit.aws.clients import ambient_session  # noqa: PLC0415 - most of a second of start-up time

    # botocore reads the process's environment, where keys may be that `environ` is without.
    without = () if environ.get("AWS_ACCESS_KEY_ID") else ("env",)
    found = ambient_session(only=PROVIDERS.get(wanted), without=without).get_credentials()
    keys = found.get_frozen_credentials() if found else None
    if not keys or not keys.access_key or not keys.secret_key:
        return None
    return Found(
        credentials=Credentials(
            access_key_id=keys.access_key,
            secret_access_key=keys.secret_key,
            session_token=keys.token or "",
        ),
        source=SOURCES.get(found.method, source.PROFILE),
        # botocore renews by this time and has no public way to ask for it.
        expiration=getattr(found, "_expiry_time", None),
    )


def _none(wanted: str, reason: str) -> ActionError:
    if wanted != source.AMBIENT:
        return ActionError(
            "No AWS credentials",
            f"`credential-source` is `{wanted}`, and {NAMES[wanted]} gives none.{reason}",
            "Set that up on the runner, or leave `credential-source` out.",
        )
    return ActionError(
        "No AWS credentials",
        "The credentials must be there already, and none are: not in the environment, not in a profile, and "
        f"no instance role answers.{reason}",
        "Give `role-to-assume` the ARN of a role that trusts GitHub's OIDC provider, or run on an EC2 runner "
        "with an instance profile. In a container, the instance's metadata hop limit must be 2.",
    )

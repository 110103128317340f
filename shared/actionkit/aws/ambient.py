"""Credentials that are there already: the environment, a profile, the runner's instance role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError

from actionkit.aws import metadata
from actionkit.aws.identity import Credentials
from actionkit.errors import ActionError

# botocore's name of each provider in its chain, and ours.
SOURCES = {
    "env": "environment",
    "iam-role": "instance-role",
    "container-role": "container-role",
    "assume-role-with-web-identity": "web-identity-file",
}
INSTANCE_ROLE = "instance-role"
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """`source` is one of SOURCES' values or `profile`; `expiration` is None where the source doesn't say."""

    credentials: Credentials
    source: str
    expiration: datetime | None


def find(environ: Mapping[str, str]) -> Found:
    """The first credentials in the order in which every AWS SDK looks; ActionError where there are none.

    https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    """
    if found := _keys(environ):
        return found
    if _looks_elsewhere(environ):
        return _by_botocore()
    try:
        role = metadata.instance_role(environ)
    except BotoCoreError as error:
        raise _none(f" What was tried last: {error}") from error
    if not role:
        raise _none("")
    return Found(
        credentials=Credentials(
            access_key_id=role["access_key"],
            secret_access_key=role["secret_key"],
            session_token=role["token"],
        ),
        source=INSTANCE_ROLE,
        expiration=datetime.fromisoformat(role["expiry_time"].replace("Z", "+00:00")),
    )


def _keys(environ: Mapping[str, str]) -> Found | None:
    """What an earlier step exported. Half a pair, an expiry, the token's old name are botocore's to judge."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret or environ.get("AWS_CREDENTIAL_EXPIRATION") or environ.get("AWS_SECURITY_TOKEN"):
        return None
    token = environ.get("AWS_SESSION_TOKEN", "")
    credentials = Credentials(access_key_id=key, secret_access_key=secret, session_token=token)
    return Found(credentials=credentials, source=SOURCES["env"], expiration=None)


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


def _by_botocore() -> Found:
    from actionkit.aws.clients import ambient_session  # noqa: PLC0415 - most of a second of start-up time

    try:
        found = ambient_session().get_credentials()
        keys = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise _none(f" What was tried last: {error}") from error
    if not keys or not keys.access_key or not keys.secret_key:
        raise _none("")
    return Found(
        credentials=Credentials(
            access_key_id=keys.access_key,
            secret_access_key=keys.secret_key,
            session_token=keys.token or "",
        ),
        source=SOURCES.get(found.method, "profile"),
        # botocore renews by this time and has no public way to ask for it.
        expiration=getattr(found, "_expiry_time", None),
    )


def _none(reason: str) -> ActionError:
    return ActionError(
        "No AWS credentials",
        "Without `role-to-assume`, the credentials must be there already, and none are: not in the "
        "environment, not "
        f"in a profile, and no instance role answers.{reason}",
        "Give `role-to-assume` the ARN of a role that trusts GitHub's OIDC provider, or run on an EC2 "
        "runner with an "
        "instance profile. In a container, the instance's metadata hop limit must be 2.",
    )

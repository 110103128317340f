"""Credentials that are there already: the environment, a profile, the runner's instance role."""

from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError

from actionkit.aws.clients import ambient_session
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """`source` is one of SOURCES' values or `profile`; `expiration` is None where the source doesn't say."""

    credentials: Credentials
    source: str
    expiration: datetime | None


def find() -> Found:
    """The first credentials in the order in which every AWS SDK looks; ActionError where there are none.

    https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    """
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

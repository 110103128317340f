"""Where the first credentials come from: the order of configure-aws-credentials, as a table."""

from collections.abc import Callable
from dataclasses import dataclass

AUTO = "auto"
OIDC = "oidc"
KEYS = "keys"
TOKEN_FILE = "token-file"  # noqa: S105 - a source's name
ENVIRONMENT = "environment"
PROFILE = "profile"
CONTAINER = "container"
INSTANCE = "instance"
# Whatever is there already, by the order of the AWS SDKs.
AMBIENT = "ambient"
CHOICES = (AUTO, OIDC, KEYS, TOKEN_FILE, ENVIRONMENT, PROFILE, CONTAINER, INSTANCE)
BY_WEB_IDENTITY = (OIDC, TOKEN_FILE)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What of the inputs decides."""

    source: str
    role: bool
    keys: bool
    token_file: bool
    role_chaining: bool


# The first row that applies. Where a role lacks a way to an ID token, that is an error, never another row.
TABLE: tuple[tuple[str, Callable[[Given], bool]], ...] = (
    (TOKEN_FILE, lambda g: g.role and g.token_file),
    (KEYS, lambda g: g.keys),
    (AMBIENT, lambda g: g.role_chaining),
    (OIDC, lambda g: g.role),
    (AMBIENT, lambda _: True),
)


def decide(given: Given) -> str:
    """One of the names above, but AUTO."""
    if given.source != AUTO:
        return given.source
    return next(source for source, applies in TABLE if applies(given))

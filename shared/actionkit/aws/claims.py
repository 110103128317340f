"""What an ID token says about the job. It comes from GitHub over TLS; verifying it is AWS's part."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone

# `sub` can carry the ids of owner and repository: https://docs.github.com/en/actions/reference/security/oidc
IMMUTABLE = re.compile(r"repo:([^@/]+)@[0-9]+/([^@:]+)@[0-9]+(:.*)")


@dataclass(frozen=True, kw_only=True)
class Claims:
    issuer: str
    subject: str
    audience: str
    issued: datetime | None
    environment: str
    ref: str

    @property
    def provider(self) -> str:
        """The issuer as IAM names its OIDC provider: the URL without the scheme."""
        return self.issuer.partition("://")[2] or self.issuer

    @property
    def former_subject(self) -> str:
        """The subject without ids where it has them, else an empty string."""
        match = IMMUTABLE.fullmatch(self.subject)
        return f"repo:{match[1]}/{match[2]}{match[3]}" if match else ""


def read(token: str) -> Claims:
    """The claims; empty ones where the token isn't the JWT it should be."""
    try:
        payload = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError):
        found = {}
    if not isinstance(found, dict):
        found = {}
    audience, issued = found.get("aud", ""), found.get("iat")
    return Claims(
        issuer=str(found.get("iss", "")),
        subject=str(found.get("sub", "")),
        audience=", ".join(map(str, audience)) if isinstance(audience, list) else str(audience),
        issued=datetime.fromtimestamp(issued, timezone.utc) if isinstance(issued, int | float) else None,
        environment=str(found.get("environment", "")),
        ref=str(found.get("ref", "")),
    )

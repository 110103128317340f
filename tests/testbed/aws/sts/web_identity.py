"""AssumeRoleWithWebIdentity's token: signature, issuer, audience and times, in the order STS refuses them.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options

from testbed.aws.errors import AwsError
from testbed.aws.iam.policy import listed
from testbed.aws.world import Provider, World

NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
NOT_VALID = (
    "The web identity token that was passed could not be validated by AWS. "
    "Get a new identity token from the identity provider and then retry the request."
)
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider, "
    " please reference AssumeRoleWithWebIdentity documentation for requirements"
)
SKEW = 300  # seconds
SIGNATURE_ONLY: Options = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
GITHUB = "token.actions.githubusercontent.com"
# Every other claim of GitHub's is no condition key: a policy that asks for it never matches.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
GITHUB_CLAIMS = (
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "workflow",
)

Jwks = Callable[[str], Mapping[str, Any]]  # issuer URL -> its key set


@dataclass(frozen=True)
class WebIdentity:
    provider: Provider
    audience: str
    subject: str
    context: Mapping[str, Any]  # condition keys: ISSUER:aud, ISSUER:sub, ISSUER:amr


def verify(token: str, account: str, world: World, jwks: Jwks, now: datetime) -> WebIdentity:
    """What the token says, once it is known to be the provider's; raises AwsError."""
    header, claims = _decoded(token)
    issuer = str(claims.get("iss", ""))
    url = issuer.removeprefix("https://").rstrip("/")
    provider = world.provider(account, url)
    if provider is None:
        raise AwsError(
            "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"
        )
    _verify_signature(token, str(header.get("kid", "")), jwks(issuer))
    audience = _audience(claims, provider)
    _verify_times(claims, now.timestamp())
    subject = str(claims.get("sub", ""))
    github = {name: claims.get(name) for name in GITHUB_CLAIMS} if url == GITHUB else {}
    known = {"aud": audience, "sub": subject, "amr": claims.get("amr"), **github}
    context = {f"{url}:{name}": value for name, value in known.items() if value is not None}
    return WebIdentity(provider, audience, subject, {**context, "aws:FederatedProvider": provider.arn})


def _decoded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise AwsError("InvalidIdentityToken", NOT_A_JWT) from None


def _verify_signature(token: str, key_id: str, key_set: Mapping[str, Any]) -> None:
    key = next((k for k in key_set.get("keys", ()) if k.get("kid") == key_id), None)
    if key is None:
        raise AwsError("InvalidIdentityToken", NO_KEY)
    try:
        jwt.decode(token, jwt.PyJWK(dict(key)), algorithms=["RS256"], options=SIGNATURE_ONLY)
    except jwt.PyJWTError:
        raise AwsError("InvalidIdentityToken", NOT_VALID) from None


def _audience(claims: Mapping[str, Any], provider: Provider) -> str:
    for audience in listed(claims.get("aud")):
        if audience in provider.audiences:
            return str(audience)
    raise AwsError("InvalidIdentityToken", "Incorrect token audience")


def _verify_times(claims: Mapping[str, Any], now: float) -> None:
    if any(not isinstance(claims.get(name), int | float) for name in ("exp", "iat")):
        raise AwsError("InvalidIdentityToken", NOT_VALID)
    if claims["exp"] <= now:
        raise AwsError(
            "ExpiredTokenException",
            f"Token expired: current date/time {int(now)} must be before the "
            f"expiration date/time {claims['exp']}",
        )
    if max(claims["iat"], claims.get("nbf", 0)) > now + SKEW:
        raise AwsError("InvalidIdentityToken", NOT_VALID)

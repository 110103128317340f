"""STS's refusals: which policy to look at, and what it would have to say."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actionkit.aws import arn, claims
from actionkit.aws.arn import RoleArn
from actionkit.aws.explain import DENIED, EXPIRED, code, explain, message
from actionkit.errors import ActionError

SKEW_SECONDS = 120
TOO_LARGE = "PackedPolicyTooLarge"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An AssumeRoleWithWebIdentity call: the role, the token's claims, and when by the runner's clock."""

    role: RoleArn
    claims: claims.Claims
    at: datetime

    @property
    def provider_arn(self) -> str:
        return f"arn:{self.role.partition}:iam::{self.role.account}:oidc-provider/{self.claims.provider}"

    @property
    def token(self) -> str:
        """The claims that a trust policy can match; never the token itself."""
        return f"The job's ID token says sub = `{self.claims.subject}`, aud = `{self.claims.audience}`."

    @property
    def skewed(self) -> str:
        """A sentence on the clock where it differs from the token's, else empty."""
        if not self.claims.issued or abs((self.at - self.claims.issued).total_seconds()) < SKEW_SECONDS:
            return ""
        clock, issued = (f"{t:%Y-%m-%d %H:%M:%S} UTC" for t in (self.at, self.claims.issued))
        return f" The runner's clock says {clock}, the token was issued at {issued}: set the clock by NTP."


def web_identity(error: Exception, attempt: Attempt) -> ActionError:
    """AssumeRoleWithWebIdentity failed.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
    """
    name, said = code(error), message(error)
    if name in DENIED:
        return _not_trusted(attempt, said)
    if name in EXPIRED:
        return ActionError(
            "The ID token had expired",
            f"AWS refused the ID token for {attempt.role} as expired ({said}).{attempt.skewed}",
            "Each try asks for a new token, which lives for minutes: the network between the runner and "
            "AWS is very "
            "slow, or a clock is wrong.",
        )
    if name in ("InvalidIdentityToken", "IDPCommunicationError", "IDPRejectedClaim"):
        return _provider(attempt, name, said)
    return limits(error, attempt.role) or explain(error, doing=f"assuming {attempt.role}")


def hop(error: Exception, role: RoleArn, caller: str, *, external_id: bool, tagged: bool) -> ActionError:
    """AssumeRole of `role` failed; `caller` is the ARN of who called it.

    `external_id`, `tagged`: whether the call had an external id, and session tags.
    """
    said = message(error)
    if code(error) == TOO_LARGE:
        return ActionError(
            "Policies and tags of the session are too large",
            f"AWS has no room for all that a session of {role} was to carry. AWS says: {said}",
            "Shorten `inline-session-policy`, or send fewer tags (`custom-tags`, "
            "`role-skip-session-tagging`).",
        )
    if code(error) not in DENIED:
        return limits(error, role) or explain(error, doing=f"assuming {role} as {caller}")
    source = arn.role_of_session(caller)
    if "sts:TagSession" in said:
        return _may_not_tag(role, source, said, tagged=tagged)
    with_id = " with the external id that was given" if external_id else ""
    missing = (
        ""
        if external_id
        else "If it demands an external id, give `role-external-id`, or `ARN|external-id` in `role-chain`. "
    )
    actions = ["sts:AssumeRole", "sts:TagSession"] if tagged else "sts:AssumeRole"
    return ActionError(
        f"{role.name} may not be assumed by the role before it",
        f"{caller} was denied assuming {role}{with_id}. AWS says: {said}",
        f"{_both_sides(role, source, actions)}"
        f"{missing}A service control policy can deny it as well. The same message comes when the role "
        "doesn't exist.",
    )


def _may_not_tag(role: RoleArn, source: str, said: str, *, tagged: bool) -> ActionError:
    """Without tags of ours it is about transitive ones that the session before has."""
    without = "Or leave the tags out with `role-skip-session-tagging: true`." if tagged else ""
    return ActionError(
        f"The session of {role.name} may not be tagged",
        f"{source} may not send session tags with {role}. AWS says: {said}",
        f"{_both_sides(role, source, 'sts:TagSession')}{without}",
    )


def _both_sides(role: RoleArn, source: str, actions: str | list[str]) -> str:
    """The statement that each of the two policies has to have."""
    return (
        f"Two policies must agree. The permissions of {source}:\n"
        f"{_indented({'Effect': 'Allow', 'Action': actions, 'Resource': role.text})}\n"
        f"The trust policy of {role}:\n"
        f"{_indented({'Effect': 'Allow', 'Principal': {'AWS': source}, 'Action': actions})}\n"
    )


def limits(error: Exception, role: RoleArn) -> ActionError | None:
    """Refusals that are about the request, whoever makes it."""
    said = message(error)
    if "MaxSessionDuration" in said:
        return ActionError(
            "The session is longer than the role allows",
            f"{role} doesn't give sessions as long as `role-duration-seconds` asks for. AWS says: {said}",
            "Ask for less, or raise the role's maximum session duration (3600 unless somebody raised it).",
        )
    if code(error) == "RegionDisabledException":
        return ActionError(
            "STS is disabled in this region",
            f"Account {role.account} has STS switched off in the region asked. AWS says: {said}",
            "Activate the region in the account's IAM settings, or use another `aws-region`.",
        )
    return None


def _not_trusted(attempt: Attempt, said: str) -> ActionError:
    return ActionError(
        f"{attempt.role.name} doesn't trust this job",
        f"AWS denied assuming {attempt.role} with the job's ID token ({said}). {attempt.token}",
        f"The role doesn't exist, or no statement of its trust policy matches. One that does:\n"
        f"{_indented(_statement(attempt))}\n"
        "`sub` differs with branch, tag, pull request and `environment:` of the job; StringLike takes `*`. "
        f"{_immutable(attempt)}The role's page in IAM, tab Trust relationships, shows the policy.",
    )


def _provider(attempt: Attempt, name: str, said: str) -> ActionError:
    if "No OpenIDConnect provider" in said:
        return ActionError(
            f"Account {attempt.role.account} has no OIDC provider for GitHub",
            f"AWS can't check the ID token for {attempt.role}: the account has no provider "
            f"{attempt.provider_arn}.",
            f"Create it in IAM with the URL {attempt.claims.issuer} and the audience "
            f"{attempt.claims.audience}, "
            "or correct the account id in the role's ARN.",
        )
    if "audience" in said:
        return ActionError(
            "The ID token has the wrong audience",
            f"{attempt.provider_arn} doesn't list the audience `{attempt.claims.audience}`. AWS says: {said}",
            "Add the audience to the provider's client ids, or give `audience` the one that it has "
            "(usually sts.amazonaws.com).",
        )
    if name == "IDPCommunicationError" or "verification key" in said:
        return ActionError(
            "AWS couldn't reach the token's issuer",
            f"AWS didn't get the keys of {attempt.claims.issuer} to check the ID token. AWS says: {said}",
            "Several tries failed. It is between AWS and GitHub: see https://www.githubstatus.com and "
            "re-run the job.",
        )
    return ActionError(
        "AWS refused the ID token",
        f"AWS refused the ID token for {attempt.role} ({name}: {said}). {attempt.token}{attempt.skewed}",
        f"Look at the provider {attempt.provider_arn}: its URL must be {attempt.claims.issuer}.",
    )


def _immutable(attempt: Attempt) -> str:
    if not attempt.claims.former_subject:
        return ""
    return (
        "This repository's tokens carry the ids of owner and repository in `sub` (its immutable form): a "
        "policy "
        f"written for `{attempt.claims.former_subject}` doesn't match. "
    )


def _statement(attempt: Attempt) -> dict[str, Any]:
    provider = attempt.claims.provider
    return {
        "Effect": "Allow",
        "Principal": {"Federated": attempt.provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{provider}:aud": attempt.claims.audience,
                f"{provider}:sub": attempt.claims.subject,
            }
        },
    }


def _indented(statement: dict[str, Any]) -> str:
    """A policy's statement to copy; the report shows indented lines as a block."""
    return "\n".join(f"    {line}" for line in json.dumps(statement, indent=2).splitlines())

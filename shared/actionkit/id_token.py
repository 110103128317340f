"""The job's OIDC ID token, asked from GitHub's token service.

https://docs.github.com/en/actions/reference/security/oidc
"""

import json
import urllib.parse
from collections.abc import Mapping

from actionkit.errors import IdTokenRefused, IdTokenUnavailable
from actionkit.network import Network, Unreachable

TIMEOUT_SECONDS = 10
URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - the variable's name


def available(environ: Mapping[str, str]) -> bool:
    """Whether the runner gave this job the address and the credential to ask with."""
    return bool(environ.get(URL) and environ.get(TOKEN))


def request(environ: Mapping[str, str], audience: str) -> str:
    """One request, no retry: the caller knows what else must be fresh for the next attempt.

    No exception carries the answer's body or a token.
    """
    if not available(environ):
        raise _unavailable(environ)
    url = f"{environ[URL]}&audience={urllib.parse.quote(audience, safe='')}"
    headers = {"Authorization": f"bearer {environ[TOKEN]}", "Accept": "application/json"}
    host = urllib.parse.urlsplit(url).hostname or "GitHub's ID token service"
    try:
        answer = Network(environ).send("GET", url, headers, seconds=TIMEOUT_SECONDS)
    except Unreachable as error:
        raise _unreachable(error) from None
    if answer.status != 200:
        raise _status(host, answer.status)
    return _token(host, answer.body)


def _token(host: str, body: bytes) -> str:
    try:
        value = json.loads(body)["value"]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, str) or value.count(".") != 2:
        raise IdTokenRefused(
            "GitHub gave no ID token",
            f"{host} answered with 200, but with no token in it.",
            "A proxy on the way may have answered instead: check HTTPS_PROXY and NO_PROXY.",
            transient=False,
        )
    return value


def _unavailable(environ: Mapping[str, str]) -> IdTokenUnavailable:
    fork = ""
    if environ.get("GITHUB_EVENT_NAME") == "pull_request":
        fork = " A pull request from a fork, or from Dependabot, gets no ID token whatever the workflow says."
    return IdTokenUnavailable(
        "The job may not request an ID token",
        "`role-to-assume` is taken with GitHub's OIDC token, and the runner gave this job no way to ask for "
        f"one ({URL} and {TOKEN} are not set): the job lacks `permissions: id-token: write`.{fork}",
        "Add these lines to the job, or to the top of the workflow (the caller of a reusable workflow must "
        "grant them too):\n    permissions:\n      id-token: write\n      contents: read\n"
        "To use the runner's instance role instead, leave `role-to-assume` empty and name the roles that "
        "follow it in `role-chain`.",
    )


def _status(host: str, status: int) -> IdTokenRefused:
    hints = {
        401: "The job's request token is no longer valid: it ends with the job. Re-run the job.",
        403: "The job isn't allowed to ask: look at `permissions: id-token: write`.",
    }
    return IdTokenRefused(
        "GitHub gave no ID token",
        f"{host} answered with HTTP {status}.",
        hints.get(status, "See https://www.githubstatus.com, and re-run the job."),
        transient=status in (408, 429) or status >= 500,
    )


def _unreachable(error: Unreachable) -> IdTokenRefused:
    if error.untrusted:
        return IdTokenRefused(
            "GitHub's ID token service isn't trusted",
            f"{error.place} {error.reason}.",
            "If a proxy on the way signs with a CA of its own, set AWS_CA_BUNDLE to a PEM file with that CA.",
            transient=False,
        )
    return IdTokenRefused(
        "GitHub's ID token service can't be reached",
        f"No answer: {error.place} {error.reason}.",
        f"Check that the runner's network reaches {error.host} on port 443, and HTTPS_PROXY and NO_PROXY.",
        transient=True,
    )

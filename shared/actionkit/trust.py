"""Which certificate authorities we trust: the system's, and what AWS_CA_BUNDLE adds."""

import ssl
from collections.abc import Mapping
from functools import lru_cache

from actionkit.errors import ActionError

BUNDLE = "AWS_CA_BUNDLE"


def context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """For our own HTTPS requests."""
    trust = ssl.create_default_context()
    if environ.get(BUNDLE):
        _add(trust, environ[BUNDLE])
    return trust


def require_bundle(environ: Mapping[str, str]) -> None:
    """Refuse a bundle that can't be read before botocore stumbles over it."""
    if environ.get(BUNDLE):
        _check(environ[BUNDLE])


@lru_cache(maxsize=1)
def _check(bundle: str) -> None:
    # Reading a system's bundle takes 40 ms: once is enough, and an error isn't remembered.
    _add(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), bundle)


def _add(trust: ssl.SSLContext, bundle: str) -> None:
    try:
        trust.load_verify_locations(bundle)
    except OSError as error:  # ssl.SSLError among them
        raise ActionError(
            f"{BUNDLE} can't be read",
            f"{BUNDLE} names `{bundle}`, and no certificates come from it: {error.strerror or error}.",
            "Give it the path of a PEM file that the runner's user can read. In a container action, a path "
            "below "
            "RUNNER_TEMP or the workspace is the only one that exists inside.",
        ) from None

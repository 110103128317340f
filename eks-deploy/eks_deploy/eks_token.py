"""The bearer token of an EKS cluster: a presigned GetCallerIdentity that the cluster's authenticator sends
to STS.

https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from threading import Lock

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from actionkit.aws.identity import Identity
from actionkit.retry import Clock

PREFIX = "k8s-aws-v1."
# The server refuses a signature older than 15 minutes, whatever it says about its expiry.
RENEW_AFTER = 10 * 60.0
# What `aws eks get-token` asks for; the authenticator refuses more than 15 minutes.
EXPIRES = 60

_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
}


def sts_host(partition: str, region: str) -> str:
    """The regional endpoint: the global one is a single point far away, and some clusters' VPCs don't
    reach it.
    """
    return f"sts.{region}.{_SUFFIXES.get(partition, 'amazonaws.com')}"


def presign(identity: Identity, *, host: str, region: str, cluster: str) -> str:
    """One token; signing is local, nothing is sent."""
    keys = identity.credentials
    # An IAM user has no session token, and an empty one would be signed as if it had.
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None)
    request = AWSRequest(
        method="GET",
        url=f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15",
        headers={"x-k8s-aws-id": cluster},
    )
    SigV4QueryAuth(credentials, "sts", region, expires=EXPIRES).add_auth(request)
    encoded = base64.urlsafe_b64encode(str(request.url).encode()).decode()
    return PREFIX + encoded.rstrip("=")


class Token:
    """A token that is always fresh enough; threads share it. `mask` gets each new one before it is used."""

    def __init__(self, sign: Callable[[], str], clock: Clock, mask: Callable[[str], None]) -> None:
        self._sign, self._clock, self._mask = sign, clock, mask
        self._lock = Lock()
        self._value = ""
        self._signed = 0.0

    def value(self) -> str:
        with self._lock:
            if not self._value or self._clock.now() - self._signed >= RENEW_AFTER:
                self._signed = self._clock.now()
                self._value = self._sign()
                self._mask(self._value)
            return self._value

    def discard(self, value: str) -> None:
        """The server refused this one; a token that another thread has renewed since stays."""
        with self._lock:
            if self._value == value:
                self._value = ""

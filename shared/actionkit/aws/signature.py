"""Signature version 4, by botocore; imported only where a request is signed: it takes a while.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from collections.abc import Mapping
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from actionkit.aws.identity import Credentials


class _Keys(NamedTuple):
    """Credentials by botocore's names."""

    access_key: str
    secret_key: str
    token: str | None


def signed(
    url: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, region: str
) -> dict[str, str]:
    """The headers of a POST to STS with a signature that is valid for five minutes."""
    keys = _Keys(credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None)
    request = AWSRequest(method="POST", url=url, data=body, headers=dict(headers))
    SigV4Auth(keys, "sts", region).add_auth(request)
    return dict(request.headers.items())

"""Signature Version 4, as the service checks it: in the Authorization header, or presigned in the query.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

from testbed.aws.errors import AwsError
from testbed.aws.wire import Request

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
# These services let a clock be wrong by more than others do.
# https://github.com/aws/aws-cli/issues/6676 https://github.com/upmc-enterprises/registry-creds/issues/47
LENIENT = dict.fromkeys(("sts", "iam", "ecr"), timedelta(minutes=15))
# "The sts GetCallerIdentity request is valid for 15 minutes regardless of" X-Amz-Expires, and STS is the only
# service here that takes presigned requests.
# https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/v0.6.13/pkg/token/token.go
PRESIGNED = timedelta(minutes=15)
FORMAT = "%Y%m%dT%H%M%SZ"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Signature:
    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    moment: datetime
    token: str | None
    expires: timedelta | None  # presigned only


def parse(request: Request) -> Signature | None:
    """The signature that a request carries, None for an unsigned one."""
    query = request.parameters
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        fields = {
            "Credential": query.get("X-Amz-Credential", ""),
            "SignedHeaders": query.get("X-Amz-SignedHeaders", ""),
            "Signature": query.get("X-Amz-Signature", ""),
        }
        return _signature(fields, query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token"), PRESIGNED)
    authorization = request.headers.get("authorization", "")
    if not authorization.startswith(ALGORITHM):
        return None
    pairs = (part.strip().partition("=") for part in authorization[len(ALGORITHM) :].split(","))
    fields = {name: value for name, _, value in pairs}
    return _signature(
        fields, request.headers.get("x-amz-date", ""), request.headers.get("x-amz-security-token"), None
    )


def _signature(
    fields: dict[str, str], moment: str, token: str | None, expires: timedelta | None
) -> Signature:
    scope = fields.get("Credential", "").split("/")
    incomplete = AwsError(
        "IncompleteSignature", "The request signature does not conform to AWS standards.", 400
    )
    if (
        len(scope) != 5
        or scope[4] != "aws4_request"
        or not (fields.get("SignedHeaders") and fields.get("Signature"))
    ):
        raise incomplete
    access_key, date, region, service, _ = scope
    try:
        when = datetime.strptime(moment, FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        raise incomplete from None
    signed = tuple(fields["SignedHeaders"].split(";"))
    return Signature(access_key, date, region, service, signed, fields["Signature"], when, token, expires)


def verify(request: Request, signature: Signature, secret: str, clock: Callable[[], datetime]) -> None:
    """Raises SignatureDoesNotMatch when the time, the scope's date or the signature is wrong.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
    """
    _verify_time(signature, clock())
    if "host" not in signature.signed_headers:
        raise AwsError(
            "SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.", 403
        )
    if signature.date != signature.moment.strftime("%Y%m%d"):
        raise AwsError(
            "SignatureDoesNotMatch",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signature.date}' != '{signature.moment:%Y%m%d}', from '{signature.moment:{FORMAT}}'.",
            403,
        )
    expected = _sign(request, signature, secret)
    if not hmac.compare_digest(expected, signature.value):
        raise AwsError("SignatureDoesNotMatch", MISMATCH, 403)


def verify_scope(signature: Signature, region: str, service: str) -> None:
    if signature.service != service:
        raise AwsError(
            "SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'. ", 403
        )
    if signature.region != region:
        raise AwsError("SignatureDoesNotMatch", "Credential should be scoped to a valid region. ", 403)


def _verify_time(signature: Signature, now: datetime) -> None:
    skew = LENIENT.get(signature.service, SKEW)
    span = signature.expires or skew
    begin, end = signature.moment - skew, signature.moment + span
    if now < begin:
        raise AwsError(
            "SignatureDoesNotMatch",
            f"Signature not yet current: {signature.moment:{FORMAT}} is still later than "
            f"{now + skew:{FORMAT}} ({now:{FORMAT}} + {_minutes(skew)} min.)",
            403,
        )
    if now > end:
        raise AwsError(
            "SignatureDoesNotMatch",
            f"Signature expired: {signature.moment:{FORMAT}} is now earlier than "
            f"{now - span:{FORMAT}} ({now:{FORMAT}} - {_minutes(span)} min.)",
            403,
        )


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _sign(request: Request, signature: Signature, secret: str) -> str:
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    text = "\n".join(
        [ALGORITHM, signature.moment.strftime(FORMAT), scope, _hash(_canonical(request, signature))]
    )
    key = f"AWS4{secret}".encode()
    for part in (signature.date, signature.region, signature.service, "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def _canonical(request: Request, signature: Signature) -> bytes:
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signature.signed_headers
    )
    pairs = parse_qsl(request.query, keep_blank_values=True)
    query = "&".join(
        f"{name}={value}"
        for name, value in sorted((_quoted(k), _quoted(v)) for k, v in pairs if k != "X-Amz-Signature")
    )
    parts = [
        request.method,
        quote(request.path, safe="/-_.~") or "/",
        query,
        headers,
        ";".join(signature.signed_headers),
        hashlib.sha256(request.body).hexdigest(),
    ]
    return "\n".join(parts).encode()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

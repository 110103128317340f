"""Whose request it is: the signature's key, token, scope and time; each API family with its own codes.

https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
"""

from dataclasses import replace

from testbed.aws import sigv4
from testbed.aws.endpoints import Endpoint
from testbed.aws.errors import AwsError
from testbed.aws.sessions import Session, Sessions
from testbed.aws.wire import Request

INVALID_TOKEN = "The security token included in the request is invalid"
EXPIRED_TOKEN = "The security token included in the request is expired"
# The query services' codes, and what the JSON services call the same. ECR (JSON 1.1) answers 400 to all.
JSON_CODES = {
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "IncompleteSignature": "IncompleteSignatureException",
    "AccessDenied": "AccessDeniedException",
}


def authenticate(request: Request, endpoint: Endpoint, sessions: Sessions) -> Session:
    """The session whose key signed the request; raises AwsError with the query services' codes."""
    signature = sigv4.parse(request)
    if signature is None:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    session = sessions.find(signature.access_key)
    if session is None or signature.token != session.token:
        raise AwsError("InvalidClientTokenId", INVALID_TOKEN + ".", 403)
    sigv4.verify_scope(signature, endpoint.region, endpoint.service)
    sigv4.verify(request, signature, session.secret, sessions.clock)
    if sessions.expired(session):
        raise AwsError("ExpiredToken", EXPIRED_TOKEN, 403)
    return session


def for_protocol(error: AwsError, protocol: str) -> AwsError:
    if protocol.startswith("query"):
        return error
    status = error.status
    if error.code in JSON_CODES or error.code in JSON_CODES.values():
        status = 400 if protocol == "json" or error.code == "IncompleteSignature" else 403
    return replace(error, code=JSON_CODES.get(error.code, error.code), status=status)

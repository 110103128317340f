"""What calls to AWS raise, by botocore or by query.py, as errors for people."""

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from actionkit.aws.identity import Identity
from actionkit.aws.query import NotFromAws
from actionkit.errors import ActionError
from actionkit.network import Unreachable

DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "UnauthorizedException",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException"}
INVALID_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"}
SKEWED = {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
THROTTLED = {
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
# All that a call can raise: the first two from botocore's clients, all but the second from query.py.
AWS_ERRORS = (ClientError, BotoCoreError, Unreachable, NotFromAws)
NETWORK = (
    Unreachable,
    exceptions.ConnectionError,  # connect timeout, refused, DNS, proxy
    exceptions.HTTPClientError,  # read timeout, closed, TLS
)


def code(error: Exception) -> str:
    """AWS's error code, or an empty string for an error that isn't AWS's."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def message(error: Exception) -> str:
    return (
        str(error.response.get("Error", {}).get("Message", ""))
        if isinstance(error, ClientError)
        else str(error)
    )


def status(error: Exception) -> int:
    """The HTTP status of AWS's answer; 0 for an error that isn't AWS's."""
    if not isinstance(error, ClientError):
        return 0
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_transient(error: Exception) -> bool:
    """Throttling, trouble on AWS's side, or a network that may come back; a bad certificate doesn't."""
    if _is_untrusted(error):
        return False
    return isinstance(error, NETWORK) or code(error) in THROTTLED or status(error) >= 500


def explain(error: Exception, *, doing: str, identity: Identity | None = None, hint: str = "") -> ActionError:
    """The ActionError for one of AWS_ERRORS.

    `doing` completes "While …": "describing the cluster dev". `hint` is the caller's next step, given where
    AWS refused, not where it couldn't be asked.
    """
    if isinstance(error, ClientError):
        return _answered(error, doing=doing, identity=identity, hint=hint)
    if _is_untrusted(error):
        return ActionError(
            "AWS isn't trusted",
            f"While {doing}: {_place(error)} {_kind(error)}.",
            "If a proxy or private endpoint has a CA of its own, set AWS_CA_BUNDLE to a PEM file with that "
            "CA.",
        )
    if isinstance(error, NETWORK):
        return ActionError(
            "AWS can't be reached",
            f"While {doing}: {_place(error)} {_kind(error)}.",
            "Check that the runner's network reaches it on port 443: a NAT gateway, or a VPC endpoint with "
            "private DNS for the service; its security group; HTTPS_PROXY and NO_PROXY; the region's name.",
        )
    if isinstance(error, NotFromAws):
        return ActionError(
            "The answer wasn't AWS's",
            f"While {doing}: what came back isn't what AWS answers ({error}).",
            "A proxy on the way may have answered instead: check HTTPS_PROXY and NO_PROXY.",
        )
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return ActionError(
            "No AWS credentials",
            f"While {doing}: {error}.",
            "Run assume-role before, or give `role-to-assume`.",
        )
    return ActionError("AWS call failed", f"While {doing}: {error}", hint)


def _answered(error: ClientError, *, doing: str, identity: Identity | None, hint: str) -> ActionError:
    name, text = code(error), message(error)
    who = f" as {identity.arn}" if identity else ""
    request = error.response.get("ResponseMetadata", {}).get("RequestId", "")
    where = f" (request id {request})" if request else ""
    said = f"While {doing}{who}, AWS said {name}: {text}{where}"
    if name in DENIED:
        return ActionError(
            "AWS denied access", said, hint or "Allow the action in the role's permission policy."
        )
    if name in EXPIRED:
        return ActionError(
            "The AWS credentials have expired",
            said,
            "Assume the role again later in the job, or ask for more time with `role-duration-seconds`.",
        )
    if name in SKEWED:
        return ActionError(
            "AWS refused the request's signature",
            said,
            "If it speaks of time, the runner's clock is off by minutes: set it by NTP (`timedatectl`). "
            "Otherwise the secret key doesn't belong to the access key.",
        )
    if name in INVALID_KEYS:
        return ActionError(
            "AWS doesn't know the access key",
            said,
            "The key was deleted or belongs to another partition, or AWS_SESSION_TOKEN isn't the one that "
            "came with it. Assume the role again.",
        )
    if name in THROTTLED or status(error) >= 500:
        return ActionError("AWS is busy", said, "It stayed so over several tries. Re-run the job later.")
    return ActionError("AWS refused", said, hint)


def _is_untrusted(error: Exception) -> bool:
    return isinstance(error, exceptions.SSLError) or (isinstance(error, Unreachable) and error.untrusted)


def _place(error: Exception) -> str:
    if isinstance(error, Unreachable):
        return error.place
    given = getattr(error, "kwargs", {})
    url = str(given.get("endpoint_url", "") or given.get("proxy_url", ""))
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or "AWS"


def _kind(error: Exception) -> str:
    if isinstance(error, Unreachable):
        return error.reason
    kinds = {
        "ConnectTimeoutError": "didn't accept the connection in time",
        "EndpointConnectionError": "has no address (its name doesn't resolve), or refuses the connection",
        "ProxyConnectionError": "is a proxy that can't be reached",
        "ReadTimeoutError": "accepted the connection and then stayed silent",
        "ConnectionClosedError": "closed the connection before the answer was whole",
        "SSLError": "has a certificate that doesn't verify",
    }
    return kinds.get(type(error).__name__, f"couldn't be asked ({type(error).__name__})")

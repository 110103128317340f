"""Which calls of AWS's APIs a fault is for, and the errors that it makes them answer."""

from collections.abc import Callable
from fnmatch import fnmatchcase

from testbed.aws import protocols
from testbed.aws.endpoints import endpoint
from testbed.aws.errors import AwsError
from testbed.aws.faults import Faults, Order
from testbed.aws.wire import Request

RATE_EXCEEDED = "Rate exceeded"
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/throttling.html (Throttling, of the query services)
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html
# https://github.com/awslabs/amazon-eks-ami/pull/218
THROTTLED = {
    "sts": AwsError("Throttling", RATE_EXCEEDED, 400),
    "iam": AwsError("Throttling", RATE_EXCEEDED, 400),
    "ecr": AwsError("ThrottlingException", RATE_EXCEEDED, 400),
    "eks": AwsError("TooManyRequestsException", "Too Many Requests", 429),
}


def is_for(request: Request) -> Callable[[Order], bool]:
    asked = ""

    def matches(order: Order) -> bool:
        nonlocal asked
        if "operation" not in order.values or order.values.get("at") == "handshake":
            return False
        asked = asked or _action(request)
        return fnmatchcase(asked, order.values["operation"])

    return matches


class Handshakes:
    """Whether a connection to a host is to end before anything is asked."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def __call__(self, host: str) -> bool:
        where = endpoint(host)
        if where is None:
            return False

        def matches(order: Order) -> bool:
            service = str(order.values.get("operation")).partition(":")[0]
            return order.values.get("at") == "handshake" and fnmatchcase(where.service, service)

        orders = self._faults.strike(matches)
        self._faults.spent(orders)
        return bool(orders)


def error_of(order: Order, request: Request) -> AwsError | None:
    where = endpoint(request.host)
    assert where
    if order.deed == "throttle":
        return THROTTLED[where.service]
    if order.deed == "error":
        return AwsError(order.values["code"], order.values["message"], order.values["status"])
    return None


def _action(request: Request) -> str:
    """service:Operation; what isn't one matches no fault."""
    where = endpoint(request.host)
    try:
        return f"{where.service}:{protocols.parse(where.service, request)[0]}" if where else "-"
    except AwsError:
        return "-"

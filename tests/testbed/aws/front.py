"""The APIs' front: authenticate, authorize, answer, record. Whatever isn't allowed by a policy is refused."""

import json
import traceback
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from testbed.aws import breakage, protocols, wire, xml
from testbed.aws.authentication import authenticate, for_protocol
from testbed.aws.backend import Backend
from testbed.aws.endpoints import Endpoint, endpoint
from testbed.aws.errors import AwsError, render
from testbed.aws.failures import error_of, is_for
from testbed.aws.faults import Order
from testbed.aws.iam.operations import NAMESPACE as IAM_NAMESPACE
from testbed.aws.service import Call
from testbed.aws.sts.operations import NAMESPACE as STS_NAMESPACE
from testbed.aws.sts.operations import UNSIGNED
from testbed.aws.wire import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
INTERNAL_FAILURE = "The request processing has failed because of an unknown error, exception or failure."
NAMESPACES = {"sts": STS_NAMESPACE, "iam": IAM_NAMESPACE}


@dataclass
class Exchange:
    """One call on its way, as much as is known of it: what calls.jsonl will say."""

    endpoint: Endpoint
    request_id: str
    operation: str = ""
    parameters: Mapping[str, Any] | None = None
    principal: str = ""
    account: str = ""
    ordered: AwsError | None = None


class Front:
    """A WSGI application."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """As `answer` has it, unless a fault is in its way."""
        request = wire.read(environ)
        orders = self._backend.faults.strike(is_for(request))
        if not orders:
            return self._dated(self.answer(request)).wsgi(start_response)
        return self._broken(request, orders, environ, start_response)

    def _broken(
        self,
        request: Request,
        orders: list[Order],
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterator[bytes]:
        answered = False

        def app(_: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
            nonlocal answered
            answered = True
            return self._dated(self.answer(request, error_of(orders[-1], request))).wsgi(start)

        try:
            yield from breakage.serve(self._backend.faults, orders, environ, start_response, app)
        finally:
            if not answered:
                self._record_unanswered(request, orders[-1])

    def _dated(self, response: Response) -> Response:
        """A client whose clock differs may learn from it whose is wrong."""
        date = format_datetime(self._backend.now(), usegmt=True)
        return Response(response.status, response.body, [*response.headers, ("Date", date)])

    def answer(self, request: Request, ordered: AwsError | None = None) -> Response:
        """`ordered`: what it has to answer, whatever was asked."""
        where = endpoint(request.host)
        if where is None:
            return Response(404, b"", [])
        exchange = Exchange(where, str(uuid.uuid4()), ordered=ordered)
        protocol = protocols.protocol_of(where.service, request)
        try:
            response = self._answered(request, exchange, protocol)
        except AwsError as error:
            refused = for_protocol(error, protocol)
            self._record(request, exchange, refused.code, refused.message)
            return render(refused, protocol, NAMESPACES.get(where.service, ""), exchange.request_id)
        self._record(request, exchange, "ok", "")
        return response

    def _answered(self, request: Request, exchange: Exchange, protocol: str) -> Response:
        """A bug of the testbed's is AWS's InternalFailure to the caller, and a traceback in the log."""
        try:
            return self._dispatch(request, exchange, protocol)
        except AwsError:
            raise
        except Exception:  # noqa: BLE001  whatever it is: the connection must not just break off
            traceback.print_exc()
            raise AwsError("InternalFailure", INTERNAL_FAILURE, 500) from None

    def _dispatch(self, request: Request, exchange: Exchange, protocol: str) -> Response:
        where = exchange.endpoint
        operation, parameters = protocols.parse(where.service, request)
        exchange.operation, exchange.parameters = operation, parameters
        if exchange.ordered:
            raise exchange.ordered
        session = None
        if where.service != "sts" or operation not in UNSIGNED:
            session = authenticate(request, where, self._backend.sessions)
            exchange.principal, exchange.account = session.principal.arn, session.principal.account
        call = Call(
            service=where.service,
            operation=operation,
            parameters=parameters,
            region=where.region,
            session=session,
            context=_connection_keys(request, where),
        )
        self._backend.authorize(call)
        handler = self._backend.handler(call)
        if handler is None:
            return self._backend.by_moto(request, call)
        return _written(protocol, where.service, operation, handler(call), exchange.request_id)

    def _record_unanswered(self, request: Request, order: Order) -> None:
        where = endpoint(request.host)
        assert where
        exchange = Exchange(where, str(uuid.uuid4()))
        exchange.operation, exchange.parameters = protocols.parse(where.service, request)
        self._record(request, exchange, order.name, "no answer of AWS's was given")

    def _record(self, request: Request, exchange: Exchange, outcome: str, message: str) -> None:
        self._backend.calls.record(
            {
                "time": self._backend.sessions.clock().isoformat(),
                "service": exchange.endpoint.service,
                "action": f"{exchange.endpoint.service}:{exchange.operation}",
                "region": exchange.endpoint.region,
                "principal": exchange.principal,
                "account": exchange.account,
                "parameters": exchange.parameters or {},
                "outcome": outcome,
                "message": message,
                "request_id": exchange.request_id,
                "host": request.host,
                "address": request.address,
                "user_agent": request.headers.get("user-agent", ""),
            }
        )


def _written(
    protocol: str, service: str, operation: str, result: dict[str, Any], request_id: str
) -> Response:
    if protocol == "query":
        return xml.answer(operation, result, NAMESPACES[service], request_id)
    if protocol == "query+json":
        return xml.json_answer(operation, result, request_id)
    content_type = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
    headers = [("Content-Type", content_type), ("x-amzn-RequestId", request_id)]
    return Response(200, json.dumps(result).encode(), headers)


def _connection_keys(request: Request, where: Endpoint) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    return {
        "aws:SourceIp": request.address or None,
        "aws:SecureTransport": True,
        "aws:RequestedRegion": where.region,
        "aws:UserAgent": request.headers.get("user-agent"),
    }

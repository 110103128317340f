"""How an answer breaks on its way, whoever gives it: late, never, in part, or something else."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from testbed.aws.faults import Faults, Order
from testbed.aws.wire import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLL_SECONDS = 0.05
PACES = 10  # a second
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\r\n"
BODIES = {"html": ("text/html", PAGE), "empty": ("text/plain", b""), "json": ("application/json", b"{}")}


class Cut(Exception):
    """The connection ends here and now, without another byte."""


def serve(
    faults: Faults,
    orders: list[Order],
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    app: "WSGIApplication",
) -> Iterable[bytes]:
    """The application's answer, as far as these faults let it through. Errors are its own to give."""
    if not orders:
        return app(environ, start_response)
    return _broken(faults, orders, environ, start_response, app)


def _broken(
    faults: Faults,
    orders: list[Order],
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    app: "WSGIApplication",
) -> Iterator[bytes]:
    rates = [(order, rate) for order in orders if (rate := order.values.get("rate"))]
    try:
        for order in orders:
            _wait(faults, order, environ.get("testbed.gone", lambda: False))
        for order, rate in rates:
            environ["wsgi.input"] = Paced(environ["wsgi.input"], rate, faults, order)
        last = orders[-1]
        if last.deed == "cut":
            yield from _cut(last, environ, start_response, app)
        elif last.deed == "garbage":
            kind, page = BODIES[last.values["body"]]
            answer = Response(last.values["status"], page, [("Content-Type", kind)])
            yield from answer.wsgi(start_response)
        else:
            chunks = app(environ, start_response)
            for order, rate in rates:
                chunks = _paced(chunks, rate, faults, order)
            yield from chunks
    finally:
        faults.spent(orders)


def _wait(faults: Faults, order: Order, gone: Callable[[], bool]) -> None:
    """Until it is time, or the fault is healed, or nobody is waiting for an answer any more."""
    seconds = float("inf") if order.deed == "hang" else order.values.get("delay", 0.0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and faults.lasts(order):
        if gone():
            raise Cut
        time.sleep(POLL_SECONDS)


def _cut(
    order: Order, environ: "WSGIEnvironment", start_response: "StartResponse", app: "WSGIApplication"
) -> Iterator[bytes]:
    if order.values["at"] == "answer":
        content = b"".join(app(environ, start_response))
        yield content[: len(content) // 2]
    else:
        # Of a body in chunks nobody knows the half: a part of it.
        environ["wsgi.input"].read1(int(environ.get("CONTENT_LENGTH") or 2048) // 2)
    raise Cut


class Paced:
    """A request's body that comes at so many bytes a second."""

    def __init__(self, source: Any, rate: float, faults: Faults, order: Order) -> None:
        self._source = source
        self._rate = rate
        self._faults = faults
        self._order = order

    def read(self, size: int = -1) -> bytes:
        most = max(int(self._rate / PACES), 1)
        if not self._faults.lasts(self._order):
            return bytes(self._source.read(size))
        data = bytes(self._source.read1(most if size < 0 else min(size, most)))
        time.sleep(len(data) / self._rate)
        return data


def _paced(chunks: Iterable[bytes], rate: float, faults: Faults, order: Order) -> Iterator[bytes]:
    most = max(int(rate / PACES), 1)
    for chunk in chunks:
        for start in range(0, len(chunk), most):
            if not faults.lasts(order):
                yield chunk[start:]
                break
            part = chunk[start : start + most]
            time.sleep(len(part) / rate)
            yield part


class Breakable:
    """An application whose parts can be broken; `part` tells which a path is, empty for none of them.

    imds: the host whose metadata it is; without, it is GitHub's OIDC. An error has a status, and no body.
    """

    def __init__(
        self, app: "WSGIApplication", faults: Faults, part: Callable[[str], str], *, imds: str | None = None
    ) -> None:
        self._app = app
        self._faults = faults
        self._part = part
        self._host = imds

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        part = self._part(environ["PATH_INFO"])

        def is_for(order: Order) -> bool:
            place = order.values.get("host") if order.family in {"imds", "oidc"} else ""
            return place == self._host and order.values.get("part") in (part, "any")

        orders = self._faults.strike(is_for) if part else []
        app = self._app
        if orders and orders[-1].deed == "error":
            app = _error(orders[-1].values["status"])
        return serve(self._faults, orders, environ, start_response, app)


def _error(status: int) -> "WSGIApplication":
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return Response(status).wsgi(start_response)

    return app

"""IMDSv2: a token first, then the metadata with it. IMDSv1 answers 401, as with HttpTokens=required.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from testbed.aws import wire
from testbed.aws.wire import Request, Response
from testbed.errors import TestbedError
from testbed.imds.metadata import listing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TTL = "x-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "x-aws-ec2-metadata-token"
MOST_SECONDS = 21600  # six hours


class Imds:
    """A WSGI application over texts by path below /latest/."""

    def __init__(
        self, texts: Mapping[str, Callable[[], str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._texts = texts
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}  # when each expires

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self.answer(wire.read(environ)).wsgi(start_response)

    def answer(self, request: Request) -> Response:
        if request.path == "/latest/api/token":
            return self._issue(request)
        if not self._known(request.headers.get(TOKEN, "")):
            return _plain(401, "Unauthorized")
        if request.method != "GET":
            return _plain(405, "Method Not Allowed")
        return self._read(request.path)

    def _issue(self, request: Request) -> Response:
        """Requests that came through a proxy are refused, so that a misconfigured one gives no token away."""
        if request.method != "PUT":
            return _plain(405, "Method Not Allowed")
        if "x-forwarded-for" in request.headers:
            return _plain(403, "Forbidden")
        seconds = request.headers.get(TTL, "")
        if not seconds.isdigit() or not 1 <= int(seconds) <= MOST_SECONDS:
            return _plain(400, "Bad Request")
        token = secrets.token_urlsafe(42)
        with self._lock:
            self._tokens[token] = self._clock() + int(seconds)
        return Response(200, token.encode(), [("Content-Type", "text/plain"), (TTL, seconds)])

    def _known(self, token: str) -> bool:
        with self._lock:
            return self._tokens.get(token, 0.0) > self._clock()

    def _read(self, path: str) -> Response:
        inside = path.removeprefix("/latest/").removeprefix("/latest").strip("/")
        found = self._texts.get(inside)
        try:
            text = found() if found else listing(list(self._texts), inside)
        except TestbedError:
            # The instance profile's role is gone or doesn't trust EC2: IMDS has no credentials then.
            text = None
        return _plain(200, text) if text is not None else _plain(404, "Not Found")


def _plain(status: int, text: str) -> Response:
    return Response(status, text.encode(), [("Content-Type", "text/plain"), ("Server", "EC2ws")])

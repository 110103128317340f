"""The registry that stores: CNCF distribution behind plain HTTP, with its own names for repositories."""

from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from testbed.registry.message import CHUNK, Refused, Request, Response

TIMEOUT_SECONDS = 60.0
# Hop-by-hop headers, and those that the front decides itself (RFC 9110, section 7.6.1).
_OURS = frozenset({"authorization", "connection", "host", "keep-alive", "te", "transfer-encoding", "upgrade"})


class Backend:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)

    def forward(self, request: Request, *, name: str, stored_as: str, query: str | None = None) -> Response:
        """Send the request for repository `name` to the one that stores it; locations come back rewritten."""
        path = request.path.replace(f"/v2/{name}/", f"/v2/{stored_as}/", 1)
        asked = request.query if query is None else query
        headers = {k: v for k, v in request.headers.items() if k not in _OURS}
        answer, connection = self._send(request, f"{path}?{asked}" if asked else path, headers)
        kept = {k: v for k, v in answer.getheaders() if k.lower() not in _OURS}
        if location := kept.get("Location"):
            kept["Location"] = _visible(location, request.host, name, stored_as)
        return Response(status=answer.status, headers=kept, body=_stream(answer, connection))

    def _send(
        self, request: Request, target: str, headers: Mapping[str, str]
    ) -> tuple[HTTPResponse, HTTPConnection]:
        connection = HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)
        # Given an iterator and no length, http.client sends chunks, as Docker's clients do.
        body = request.body.chunks() if request.method in {"POST", "PUT", "PATCH"} else None
        try:
            connection.request(request.method, target, body=body, headers=dict(headers))
            return connection.getresponse(), connection
        except ConnectionRefusedError as error:
            raise Refused(503, "UNAVAILABLE", "the registry's storage does not answer") from error


def _visible(location: str, host: str, name: str, stored_as: str) -> str:
    parts = urlsplit(location)
    path = parts.path.replace(f"/v2/{stored_as}/", f"/v2/{name}/", 1)
    return f"https://{host}{path}" + (f"?{parts.query}" if parts.query else "")


def _stream(answer: HTTPResponse, connection: HTTPConnection) -> Iterator[bytes]:
    try:
        while data := answer.read(CHUNK):
            yield data
    finally:
        connection.close()

"""A request as the AWS front sees it, and its answer: the one reading of the WSGI environment."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

API_BODY_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # as on the request line: not decoded
    query: str  # likewise
    headers: dict[str, str]  # lower-case names
    body: bytes
    address: str  # the caller's

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    def wsgi(self, start_response: "StartResponse") -> Iterable[bytes]:
        headers = [*self.headers, ("Content-Length", str(len(self.body)))]
        start_response(f"{self.status} {phrase(self.status)}", headers)
        return [self.body]


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def read(environ: "WSGIEnvironment") -> Request:
    """The whole request; RAW_PATH is the server's own addition to WSGI, which decodes PATH_INFO."""
    headers = {
        key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("RAW_PATH") or environ["PATH_INFO"],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(API_BODY_LIMIT),
        address=environ.get("REMOTE_ADDR", ""),
    )

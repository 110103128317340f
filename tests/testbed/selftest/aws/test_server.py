"""The server under everything: HTTP/1.1 with bodies that stream both ways."""

import hashlib
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from testbed.aws.hosts import HEALTH_PATH, Hosts
from testbed.aws.server import TlsServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LAYER = b"0123456789abcdef" * 200_000  # 3.2 MB


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """The body's digest, and what the server made of the request line; no Content-Length."""
    digest = hashlib.sha256()
    while data := environ["wsgi.input"].read(65536):
        digest.update(data)
    start_response("200 OK", [("X-Raw-Path", environ["RAW_PATH"]), ("X-Path", environ["PATH_INFO"])])
    yield digest.hexdigest().encode()
    yield b" end"


def careless(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answers without reading the body."""
    del environ
    start_response("403 Forbidden", [("Content-Length", "2")])
    return [b"no"]


def served(app: "WSGIApplication") -> Iterator[HTTPConnection]:
    server = TlsServer(("127.0.0.1", 0), app, None)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    connection = HTTPConnection("127.0.0.1", int(server.server_address[1]), timeout=5)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()


@pytest.fixture
def echoing() -> Iterator[HTTPConnection]:
    yield from served(echo)


@pytest.fixture
def refusing() -> Iterator[HTTPConnection]:
    yield from served(careless)


def exchange(
    connection: HTTPConnection, method: str, path: str, body: Any = None, **options: Any
) -> tuple[Any, bytes]:
    connection.request(method, path, body, **options)
    answer = connection.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_arrives_whole_on_a_connection_that_stays(echoing: HTTPConnection, chunked: bool) -> None:
    expected = hashlib.sha256(LAYER).hexdigest().encode() + b" end"
    parts = (LAYER[n : n + 100_000] for n in range(0, len(LAYER), 100_000))
    _, body = exchange(echoing, "PUT", "/", parts if chunked else LAYER, encode_chunked=chunked)
    assert body == expected
    socket = echoing.sock
    _, again = exchange(echoing, "GET", "/")
    assert again == hashlib.sha256(b"").hexdigest().encode() + b" end"
    assert echoing.sock is socket


def test_paths_come_decoded_and_as_they_were_written(echoing: HTTPConnection) -> None:
    answer, _ = exchange(echoing, "GET", "/clusters/dev/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa?x=1")
    assert answer.headers["X-Raw-Path"] == "/clusters/dev/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"
    assert answer.headers["X-Path"] == "/clusters/dev/access-entries/arn:aws:iam::1:role/a"


def test_head_has_no_body(echoing: HTTPConnection) -> None:
    answer, body = exchange(echoing, "HEAD", "/")
    assert (answer.status, body) == (200, b"")
    assert exchange(echoing, "GET", "/")[0].status == 200


def test_a_small_unread_body_does_not_spoil_the_connection(refusing: HTTPConnection) -> None:
    assert exchange(refusing, "POST", "/", b"x" * 1000)[0].status == 403
    socket = refusing.sock
    assert exchange(refusing, "POST", "/", b"y")[0].status == 403
    assert refusing.sock is socket


def said(text: str) -> "WSGIApplication":
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        del environ
        start_response("200 OK", [])
        return [text.encode()]

    return app


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("sts.ap-northeast-2.amazonaws.com", "aws"),
        ("STS.amazonaws.com:443", "aws"),
        ("api.ecr.ap-northeast-2.amazonaws.com", "aws"),
        ("iam.amazonaws.com", "aws"),
        ("111111111111.dkr.ecr.ap-northeast-2.amazonaws.com", "registry"),
        ("999999999999.dkr.ecr.ap-northeast-2.amazonaws.com", "registry"),
        ("registry-1.docker.io", "registry"),
        ("token.actions.githubusercontent.com", "issuer"),
        ("run-actions-1-azure-eastus.actions.githubusercontent.com", "service"),
        ("s3.amazonaws.com", "The testbed has no host 's3.amazonaws.com'.\n"),
        ("sts.us-east-99.amazonaws.com.evil.example", "The testbed has no host"),
    ],
)
def test_the_host_name_chooses_the_application(host: str, expected: str) -> None:
    hosts = Hosts(said("aws"), said("issuer"), said("service"), said("registry"))
    environ: Any = {"HTTP_HOST": host, "PATH_INFO": "/"}
    answer = b"".join(hosts(environ, lambda *_: lambda _: None)).decode()
    assert answer.startswith(expected)
    assert b"".join(hosts({**environ, "PATH_INFO": HEALTH_PATH}, lambda *_: lambda _: None)) == b"ok\n"

"""A threaded HTTP/1.1 server for WSGI applications: TLS, keep-alive, bodies streamed both ways."""

import fcntl
import ssl
import struct
import sys
import termios
import time
import traceback
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from io import BufferedReader
from socket import IPPROTO_TCP, SHUT_RDWR, SO_LINGER, SOL_SOCKET, TCP_INFO, TCP_NODELAY, socket
from socketserver import TCPServer, ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from testbed.aws.bodies import ChunkedBody, LengthBody, drained
from testbed.aws.breakage import Cut

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HANDSHAKE_SECONDS = 10.0
IDLE_SECONDS = 120.0
BODYLESS = (204, 304)
ARRIVAL_SECONDS = 1.0
ESTABLISHED = 1  # tcp(7), TCP_INFO's first byte


class TlsServer(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        app: "WSGIApplication",
        context: ssl.SSLContext | None,
        hangs_up: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`hangs_up`: whether to close a connection as soon as it says for which host name it is."""
        self.app = app
        self._context = context
        self._hangs_up = hangs_up
        if context is not None:
            context.sni_callback = self._named
        super().__init__(address, Handler)

    def _named(self, connection: Any, name: str | None, _: ssl.SSLContext) -> None:
        if self._hangs_up(name or ""):
            socket.shutdown(connection, SHUT_RDWR)  # below TLS, which would say goodbye with an alert

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake happens in the connection's own thread: a client that stalls keeps nobody waiting."""
        # Head and body are two writes; the second would wait for the first's delayed acknowledgement, 40 ms.
        request.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        if self._context is not None:
            request.settimeout(HANDSHAKE_SECONDS)
            request = self._context.wrap_socket(request, server_side=True)
        request.settimeout(IDLE_SECONDS)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()  # now, not when Python finds that nobody has it any more

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the base class's
        log_unexpected(str(client_address[0]))


class UnixServer(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, app: "WSGIApplication") -> None:
        self.app = app
        super().__init__(path, Handler)

    def get_request(self) -> tuple[socket, Any]:
        connection, _ = super().get_request()
        return connection, ("", 0)


def log_unexpected(client: str) -> None:
    """A client that goes away is nothing; one that distrusts our CA gets a line; all else is a bug."""
    error = sys.exc_info()[1]
    if isinstance(error, ConnectionError | TimeoutError | ssl.SSLEOFError):
        return
    if isinstance(error, OSError):
        print(f"{client}: {type(error).__name__}: {error}", flush=True)
    else:
        traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TlsServer | UnixServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Calls are in calls.jsonl; a line a request would only repeat them."""

    def _serve(self) -> None:
        raw = self._body()
        body = BufferedReader(raw)
        answer = Answer(self)
        iterable: Iterable[bytes] = self.server.app(self._environ(body), answer.start)
        try:
            for chunk in iterable:
                answer.write(chunk)
            answer.finish()
        except Cut:
            self._reset()
            return
        finally:
            close: Callable[[], None] | None = getattr(iterable, "close", None)
            if close is not None:
                close()
        if not drained(raw):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815  http.server's names

    def _reset(self) -> None:
        """Closed with this, the connection ends with RST instead of a goodbye (socket(7), SO_LINGER).

        What was answered has arrived by then: RST would throw away what the kernel has yet to send.
        """
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while _unacknowledged(self.connection) and time.monotonic() < deadline:
            time.sleep(0.005)
        self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _gone(self) -> bool:
        """Whether the client has closed the connection, whatever of its request is still unread."""
        state: bytes = self.connection.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
        return state[0] != ESTABLISHED

    def _body(self) -> LengthBody | ChunkedBody:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return ChunkedBody(self.rfile)
        return LengthBody(self.rfile, int(self.headers.get("Content-Length") or 0))

    def _environ(self, body: Any) -> dict[str, Any]:
        """https://peps.python.org/pep-3333/#environ-variables, and of our own:

        RAW_PATH, the path as written; testbed.gone(), whether the client is.
        """
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": _decoded(path),
            "RAW_PATH": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "SERVER_NAME": (self.headers.get("Host") or "localhost").partition(":")[0],
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "testbed.gone": self._gone,
        }
        if self.headers.get("Content-Length"):
            environ["CONTENT_LENGTH"] = self.headers["Content-Length"]
        for name in set(self.headers.keys()) - {"Content-Type", "Content-Length"}:
            environ["HTTP_" + name.upper().replace("-", "_")] = ",".join(self.headers.get_all(name, []))
        return environ


class Answer:
    """WSGI's start_response, and the body after it: as it comes, chunked when its length wasn't said."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._chunked = False
        self._silent = False
        self._started: tuple[int, list[tuple[str, str]]] | None = None
        self._sent = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if self._sent and exc_info:
            raise exc_info[1]
        self._started = (int(status.split(" ", 1)[0]), headers)
        return self.write

    def write(self, data: bytes) -> None:
        if data:
            self._send_head()
            if not self._silent:
                self._handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def finish(self) -> None:
        self._send_head()
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")
        self._handler.wfile.flush()

    def _send_head(self) -> None:
        if self._sent:
            return
        self._sent = True
        assert self._started is not None, "the application answered nothing"
        status, headers = self._started
        self._silent = self._handler.command == "HEAD" or status in BODYLESS
        named = {name.lower() for name, _ in headers}
        self._chunked = not self._silent and "content-length" not in named
        self._handler.send_response_only(status)
        if "date" not in named:
            self._handler.send_header("Date", self._handler.date_time_string())
        for name, value in headers:
            if not (status in BODYLESS and name.lower() == "content-length"):
                self._handler.send_header(name, value)
        if self._chunked:
            self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()


def _unacknowledged(connection: socket) -> int:
    """Bytes that the peer's kernel has not said to have (tcp(7), SIOCOUTQ)."""
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])


def _decoded(path: str) -> str:
    """PATH_INFO: percent-decoded bytes, as latin-1 (PEP 3333)."""
    return unquote_to_bytes(path).decode("latin-1")

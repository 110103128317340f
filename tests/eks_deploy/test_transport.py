"""Against a real HTTPS server on loopback, with a CA that names no key: as those of old EKS clusters."""

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eks_deploy.api import Refused, Unreachable
from eks_deploy.transport import Transport, ssl_context
from fakes import FakeClock

Answer = tuple[int, str, dict[str, str]]


class Bearer:
    def __init__(self) -> None:
        self.signed = 1

    def value(self) -> str:
        return f"token-{self.signed}"

    def discard(self, value: str) -> None:
        assert value == self.value()
        self.signed += 1


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> bytes:
    """No authorityKeyIdentifier anywhere, which Python 3.13 refuses when it is strict."""
    now = datetime.now(timezone.utc)
    names = [x509.DNSName("localhost")] if name != issuer else []
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return built.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> str:
    """PEM of the CA; the server's certificate and key are beside it."""
    ca, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(server.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    (tmp_path / "cert.pem").write_bytes(certificate("server", server, "ca", ca))
    return certificate("ca", ca, "ca", ca).decode()


class Served:
    """An API server that gives the answers it was told, in order, and remembers the bearers."""

    def __init__(self, folder: Path, answers: list[Answer]) -> None:
        self.bearers: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.bearers.append(self.headers["Authorization"])
                status, text, headers = answers.pop(0)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path, authority: str) -> Iterator[Serve]:  # noqa: ARG001 - writes the server's certificate
    started: list[Served] = []

    def start(*answers: Answer) -> Served:
        started.append(Served(tmp_path, list(answers)))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def ok(text: str = "{}") -> Answer:
    return 200, text, {}


def test_a_ca_without_key_identifiers_is_trusted(serve: Serve, authority: str) -> None:
    served = serve(ok('{"gitVersion": "v1.35.4"}'))
    api = Transport(served.url, authority, Bearer(), FakeClock())
    assert api.get("/version", "tell its version") == {"gitVersion": "v1.35.4"}
    assert served.bearers == ["Bearer token-1"]


def test_only_the_strict_flag_is_cleared(authority: str) -> None:
    context = ssl_context(authority)
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


def test_another_certificate_is_refused_at_once(serve: Serve) -> None:
    served, clock = serve(ok()), FakeClock()
    key = ec.generate_private_key(ec.SECP256R1())
    other = certificate("other", key, "other", key).decode()
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        Transport(served.url, other, Bearer(), clock).get("/version", "tell its version")
    assert (served.bearers, clock.sleeps) == ([], [])


def test_a_refused_token_is_renewed_once(serve: Serve, authority: str) -> None:
    served = serve((401, "", {}), ok())
    Transport(served.url, authority, Bearer(), FakeClock()).get("/x", "x")
    assert served.bearers == ["Bearer token-1", "Bearer token-2"]


def test_a_second_refusal_is_final(serve: Serve, authority: str) -> None:
    served = serve((401, "", {}), (401, '{"message": "Unauthorized"}', {}))
    with pytest.raises(Refused) as raised:
        Transport(served.url, authority, Bearer(), FakeClock()).get("/x", "x")
    assert (raised.value.status, raised.value.message) == (401, "Unauthorized")


def test_a_busy_server_is_asked_again_when_it_says(serve: Serve, authority: str) -> None:
    served, clock = serve((429, "", {"Retry-After": "3"}), (503, "", {}), ok()), FakeClock()
    Transport(served.url, authority, Bearer(), clock).get("/x", "x")
    assert clock.sleeps == [3.0, 2.0]


def test_what_is_refused_for_good_is_not_asked_again(serve: Serve, authority: str) -> None:
    served, clock = serve((403, '{"message": "no"}', {})), FakeClock()
    with pytest.raises(Refused):
        Transport(served.url, authority, Bearer(), clock).get("/x", "x")
    assert clock.sleeps == []


def test_a_server_that_is_away_is_tried_again_and_then_reported(serve: Serve, authority: str) -> None:
    served, clock = serve(), FakeClock()
    served.stop()
    with pytest.raises(Unreachable):
        Transport(served.url, authority, Bearer(), clock).get("/x", "x")
    assert clock.sleeps == [1.0, 2.0, 4.0]

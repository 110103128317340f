"""GitHub's token service on loopback, and what it can do wrong."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from actionkit.errors import ActionError, IdTokenRefused, IdTokenUnavailable
from fake_sts import clean_environment, jwt
from fakes import FakeRunner

BEARER = "canary-request-token"


@dataclass
class Service:
    port: int = 0
    status: int = 200
    body: str = field(default_factory=lambda: json.dumps({"count": 1, "value": jwt()}))
    location: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def runner(self, scheme: str = "http", **environ: str) -> FakeRunner:
        url = f"{scheme}://127.0.0.1:{self.port}/idtoken/plan/job?api-version=2.0"
        request = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER}
        return FakeRunner(environ={**request, **environ})


def server(service: Service) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append((self.path, self.headers.get("Authorization")))
            self.send_response(service.status)
            if service.location:
                self.send_header("Location", service.location)
            self.send_header("Content-Length", str(len(service.body)))
            self.end_headers()
            self.wfile.write(service.body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002
            return

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = found.server_port
    return found


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    clean_environment(monkeypatch, {})
    service = Service()
    http = server(service)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    yield service
    http.shutdown()
    http.server_close()


def test_it_asks_as_github_documents_and_masks_the_answer(github: Service) -> None:
    runner = github.runner()
    token = runner.id_token("sts.amazonaws.com&x=y")
    assert github.asked == [
        ("/idtoken/plan/job?api-version=2.0&audience=sts.amazonaws.com%26x%3Dy", f"bearer {BEARER}")
    ]
    assert runner.masks == [token]


@pytest.mark.parametrize(
    ("environ", "said"),
    [({}, "id-token: write"), ({"GITHUB_EVENT_NAME": "pull_request"}, "from a fork")],
)
def test_a_job_that_may_not_ask_is_told_what_to_add(environ: dict[str, str], said: str) -> None:
    with pytest.raises(IdTokenUnavailable) as caught:
        FakeRunner(environ=environ).id_token("x")
    assert said in caught.value.text


@pytest.mark.parametrize(("status", "transient"), [(401, False), (403, False), (429, True), (503, True)])
def test_a_refusal_carries_neither_body_nor_token(github: Service, status: int, transient: bool) -> None:
    github.status, github.body = status, "canary-body"
    with pytest.raises(IdTokenRefused, match=f"HTTP {status}") as caught:
        github.runner().id_token("x")
    assert caught.value.transient is transient
    assert "canary" not in caught.value.text + str(caught.value.__cause__)


@pytest.mark.parametrize("body", ["<html>", "{}", "[]", '{"value": null}', '{"value": "no-jwt"}'])
def test_an_answer_without_a_token_is_refused(github: Service, body: str) -> None:
    github.body = body
    with pytest.raises(IdTokenRefused, match="no token in it"):
        github.runner().id_token("x")


def test_a_redirect_does_not_take_the_bearer_token_elsewhere(github: Service) -> None:
    github.status, github.location = 302, f"http://127.0.0.1:{github.port}/elsewhere"
    with pytest.raises(IdTokenRefused, match="HTTP 302"):
        github.runner().id_token("x")
    assert len(github.asked) == 1


def test_nobody_there_may_heal(github: Service) -> None:
    runner = github.runner()
    environ = {**runner.environ, "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/?a=b"}
    with pytest.raises(IdTokenRefused, match=r"127\.0\.0\.1 \(private\) refuses") as caught:
        FakeRunner(environ=environ).id_token("x")
    assert caught.value.transient


def test_a_file_is_no_address(github: Service, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(github.body)
    environ = {**github.runner().environ, "ACTIONS_ID_TOKEN_REQUEST_URL": f"file://{tmp_path}/token?"}
    with pytest.raises(IdTokenRefused):
        FakeRunner(environ=environ).id_token("x")


def test_a_proxy_of_the_environment_is_used_and_no_proxy_respected(
    github: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{github.port}")
    environ = {**github.runner().environ, "ACTIONS_ID_TOKEN_REQUEST_URL": "http://tokens.test/?a=b"}
    FakeRunner(environ=environ).id_token("x")
    assert github.asked[0][0] == "http://tokens.test/?a=b&audience=x"
    monkeypatch.setenv("no_proxy", "tokens.test")
    with pytest.raises(IdTokenRefused, match=r"tokens\.test has no address"):
        FakeRunner(environ={**environ, "no_proxy": "tokens.test"}).id_token("x")


def test_aws_ca_bundle_adds_a_private_authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean_environment(monkeypatch, {})
    service = Service()
    https = server(service)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    https.socket = context.wrap_socket(https.socket, server_side=True)
    threading.Thread(target=https.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with pytest.raises(IdTokenRefused, match="doesn't verify") as caught:
            service.runner("https").id_token("x")
        assert "AWS_CA_BUNDLE" in caught.value.hint
        assert service.runner("https", AWS_CA_BUNDLE=str(tmp_path / "server.pem")).id_token("x") == jwt()
    finally:
        https.shutdown()
        https.server_close()


def test_a_bundle_that_is_not_there_is_named(github: Service) -> None:
    with pytest.raises(ActionError, match=r"AWS_CA_BUNDLE names `/nonexistent/ca\.pem`"):
        github.runner(AWS_CA_BUNDLE="/nonexistent/ca.pem").id_token("x")


def self_signed(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return pem

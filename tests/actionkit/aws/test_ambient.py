"""Credentials that are there already, found by real botocore; the instance metadata service on loopback."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import proxy_bypass

import pytest

from actionkit.aws import ambient, arn
from actionkit.aws.obtain import obtain
from actionkit.aws.settings import Hop
from actionkit.errors import ActionError
from credential_settings import DEFAULTS, allowing
from fake_sts import FakeSts, jwt
from fakes import FakeClock, FakeRunner

ROLE = "/latest/meta-data/iam/security-credentials/"
DEV = "arn:aws:iam::222222222222:role/deploy"


@dataclass
class Metadata:
    """IMDSv2; `tokens` off is what a container behind a hop limit of 1 sees: nobody gives it a token."""

    tokens: bool = True
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, token: str | None) -> tuple[int, str]:
        self.asked.append(f"{method} {path}")
        if method == "PUT":
            return (200, "imds-token") if self.tokens else (403, "")
        if token != "imds-token":
            return 401, ""
        if path == ROLE:
            return 200, "runner"
        keys = {
            "Code": "Success",
            "AccessKeyId": "ASIAINSTANCE",
            "SecretAccessKey": "canary-instance",
            "Token": "canary-instance-token",
            "Expiration": "2099-01-01T00:00:00Z",
        }
        return 200, json.dumps(keys)


@pytest.fixture
def imds(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Metadata]:
    assert sts.url
    metadata = Metadata()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self._answer("PUT")

        def do_GET(self) -> None:
            self._answer("GET")

        def _answer(self, method: str) -> None:
            status, body = metadata.answer(method, self.path, self.headers.get("X-aws-ec2-metadata-token"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    yield metadata
    server.shutdown()
    server.server_close()


def test_the_instance_role_comes_by_imdsv2(imds: Metadata) -> None:
    found = ambient.find(os.environ)
    assert (found.source, found.credentials.access_key_id) == ("instance", "ASIAINSTANCE")
    assert found.expiration
    assert imds.asked[0] == "PUT /latest/api/token"


def test_version_1_of_the_metadata_service_is_never_asked(imds: Metadata) -> None:
    imds.tokens = False
    with pytest.raises(ActionError, match="No AWS credentials") as caught:
        ambient.find(os.environ)
    assert "hop limit" in caught.value.hint
    assert [request for request in imds.asked if request.startswith("GET")] == []


@pytest.mark.usefixtures("imds")
def test_a_role_reached_from_an_instance_role_is_not_chained_by_aws_count(sts: FakeSts) -> None:
    role = arn.role(DEV)
    assert role
    settings = replace(
        DEFAULTS,
        role_chain=(Hop(role=role, external_id=""),),
        role_duration_seconds=7200,
        accounts=allowing("222222222222"),
    )
    runner = FakeRunner()
    identity = obtain(settings, runner, FakeClock())
    assert sts.called("AssumeRole")[0].parameters["DurationSeconds"] == "7200"
    assert (identity.source, identity.chain) == ("instance", (sts.ambient_arn, DEV))
    assert {"canary-instance", "canary-instance-token"} <= set(runner.masks)


def test_keys_in_the_environment_come_first(imds: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert ambient.find(os.environ).source == "environment"
    assert imds.asked == []


def test_a_profile_is_named_as_such(imds: Metadata, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[ci]\naws_access_key_id = AKIA\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_PROFILE", "ci")
    assert ambient.find(os.environ).source == "profile"
    assert imds.asked == []


@pytest.mark.usefixtures("imds")
def test_a_profile_that_does_not_exist_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(ActionError, match="gone"):
        ambient.find(os.environ)


@pytest.mark.usefixtures("sts")
def test_oidc_looks_for_no_other_credentials(imds: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "half a key")
    role = arn.role(DEV)
    identity = obtain(replace(DEFAULTS, role_to_assume=role), FakeRunner(id_tokens=[jwt()]), FakeClock())
    assert identity.arn.endswith("assumed-role/deploy/GitHubActions")
    assert imds.asked == []


@pytest.mark.usefixtures("imds")
def test_half_a_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    with pytest.raises(ActionError, match="AWS_SECRET_ACCESS_KEY"):
        ambient.find(os.environ)


@pytest.mark.usefixtures("imds")
@pytest.mark.parametrize("before", ["127.0.0.1", "example.com,127.0.0.1", "*"])
def test_metadata_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", before)
    monkeypatch.setenv("no_proxy", "")
    assert ambient.find(os.environ).source == "instance"
    assert os.environ["NO_PROXY"].startswith(before)
    assert proxy_bypass("169.254.169.254")

"""IMDSv2's protocol: a token first, for a time; and botocore's own provider as witness."""

import json
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from botocore.credentials import InstanceMetadataProvider
from botocore.utils import InstanceMetadataFetcher

from testbed.aws.server import TlsServer
from testbed.aws.wire import Request, Response
from testbed.errors import TestbedError
from testbed.imds.app import TOKEN, TTL, Imds
from testbed.imds.metadata import Instance, tree

INSTANCE = Instance(
    id="i-0123456789abcdef0",
    region="ap-northeast-2",
    account="111111111111",
    role_name="runner",
    address="10.10.1.10",
)
MADE = {
    "access_key_id": "ASIAEXAMPLE",
    "secret_access_key": "secret",
    "session_token": "token",
    "expiration": "2099-01-01T00:00:00Z",
}


class Service:
    def __init__(self, credentials: Any = lambda: MADE) -> None:
        self.now = 0.0
        self.app = Imds(tree(INSTANCE, credentials), lambda: self.now)

    def send(self, method: str, path: str, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.answer(Request(method, f"/latest/{path}", "", named, b"", ""))

    def token(self, seconds: int = 60) -> str:
        return self.send("PUT", "api/token", **{TTL: str(seconds)}).body.decode()

    def read(self, path: str) -> tuple[int, str]:
        answer = self.send("GET", path, **{TOKEN: self.token()})
        return answer.status, answer.body.decode()


def test_without_a_token_nothing_is_told() -> None:
    service = Service()
    assert service.send("GET", "meta-data/").status == 401
    assert service.send("GET", "meta-data/instance-id", **{TOKEN: "guessed"}).status == 401


def test_a_token_lives_as_long_as_was_asked() -> None:
    service = Service()
    token = service.token(60)
    service.now = 59.0
    assert service.send("GET", "meta-data/instance-id", **{TOKEN: token}).status == 200
    service.now = 60.0
    assert service.send("GET", "meta-data/instance-id", **{TOKEN: token}).status == 401


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {TTL: "60"}, 405),
        ("PUT", {}, 400),
        ("PUT", {TTL: "0"}, 400),
        ("PUT", {TTL: "21601"}, 400),
        ("PUT", {TTL: "x"}, 400),
        ("PUT", {TTL: "60", "x-forwarded-for": "10.0.0.1"}, 403),
        ("PUT", {TTL: "21600"}, 200),
    ],
)
def test_asking_for_a_token(method: str, headers: dict[str, str], status: int) -> None:
    assert Service().send(method, "api/token", **headers).status == status


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("meta-data/instance-id", (200, INSTANCE.id)),
        ("meta-data/placement/region", (200, "ap-northeast-2")),
        ("meta-data/placement/availability-zone", (200, "ap-northeast-2a")),
        ("meta-data/iam/security-credentials/", (200, "runner")),
        ("meta-data/iam/security-credentials/other", (404, "Not Found")),
        ("meta-data/iam/", (200, "info\nsecurity-credentials/")),
        ("meta-data/user-data", (404, "Not Found")),
    ],
)
def test_paths(path: str, expected: tuple[int, str]) -> None:
    assert Service().read(path) == expected


def test_identity_document() -> None:
    document = json.loads(Service().read("dynamic/instance-identity/document")[1])
    assert (document["accountId"], document["region"]) == ("111111111111", "ap-northeast-2")


def test_a_role_that_does_not_trust_ec2_has_no_credentials() -> None:
    def refused() -> dict[str, Any]:
        raise TestbedError("arn:… does not trust ec2.amazonaws.com")

    assert Service(refused).read("meta-data/iam/security-credentials/runner")[0] == 404


@pytest.fixture
def url() -> Iterator[str]:
    server = TlsServer(("127.0.0.1", 0), Service().app, None)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_botocore_finds_its_credentials(url: str) -> None:
    fetcher = InstanceMetadataFetcher(base_url=url, timeout=2)
    found = InstanceMetadataProvider(iam_role_fetcher=fetcher).load()
    assert found is not None
    assert found.get_frozen_credentials() == ("ASIAEXAMPLE", "secret", "token", None)

"""The proxy that clients of botocore take, by a server on loopback that hears who is asked for."""

import socket
from collections.abc import Iterator

import pytest
from botocore.exceptions import BotoCoreError

from actionkit.aws.clients import client
from actionkit.aws.identity import Credentials, Identity
from fake_sts import clean_environment
from loopback import listening


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """Its URL, and the first line of each request; it lets nothing through."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(65536).partition(b"\r\n")[0])
        connection.sendall(b"HTTP/1.1 403 Filtered\r\nContent-Length: 0\r\n\r\n")

    with listening(talk) as port:
        yield f"http://127.0.0.1:{port}", heard


def identity(http_proxy: str = "", no_proxy: str = "") -> Identity:
    return Identity(
        credentials=Credentials(access_key_id="AKIA", secret_access_key="x"),
        arn="arn:aws:iam::111111111111:user/ci",
        account="111111111111",
        source="keys",
        found=False,
        chain=(),
        expiration=None,
        http_proxy=http_proxy,
        no_proxy=no_proxy,
    )


ASKED = b"CONNECT api.ecr.eu-central-1.amazonaws.com:443 HTTP/1."


def ask(who: Identity) -> None:
    ecr = client("ecr", who, "eu-central-1")
    with pytest.raises(BotoCoreError):
        ecr.get_authorization_token()


def test_a_proxy_of_the_inputs_wins(proxy: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    url, heard = proxy
    clean_environment(monkeypatch, {"https_proxy": "http://127.0.0.1:1"})
    ask(identity(http_proxy=url))
    assert heard
    assert all(line.startswith(ASKED) for line in heard)


def test_the_environments_is_taken_without_one(
    proxy: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, heard = proxy
    clean_environment(monkeypatch, {"https_proxy": url})
    ask(identity())
    assert heard


def test_hosts_without_a_proxy_are_those_of_the_inputs(
    proxy: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, heard = proxy
    # An endpoint on loopback that refuses: nothing goes anywhere.
    endpoint = {"AWS_ENDPOINT_URL_ECR": "http://127.0.0.1:1"}
    clean_environment(monkeypatch, {"http_proxy": url, **endpoint})
    ask(identity(no_proxy="127.0.0.1"))
    assert heard == []

"""Our own HTTPS requests against servers that misbehave, on loopback."""

import base64
import socket

import pytest

from actionkit.network import Network, Unreachable, by_proxy
from loopback import Talk, listening


def answering(text: str) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(text.encode())

    return talk


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def test_the_answer_has_status_headers_and_body() -> None:
    with listening(answering("HTTP/1.1 418 Teapot\r\nDate: today\r\nContent-Length: 2\r\n\r\nhi")) as port:
        answer = Network({}).send("POST", f"http://127.0.0.1:{port}/", {"X": "y"}, b"body")
    assert (answer.status, answer.headers["date"], answer.body) == (418, "today", b"hi")


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), "before the answer was whole"),
        (answering(""), "before the answer was whole"),
        (answering("what?\r\n\r\n"), "before the answer was whole"),
        (silent, "stayed silent"),
    ],
    ids=["cut in the middle", "closed at once", "no HTTP", "silent"],
)
def test_a_server_that_fails_half_way_is_named(talk: Talk, reason: str) -> None:
    with listening(talk) as port, pytest.raises(Unreachable, match=reason) as caught:
        Network({}).send("GET", f"http://127.0.0.1:{port}/", {}, seconds=0.2)
    assert caught.value.place == "127.0.0.1 (private)"
    assert not caught.value.untrusted


def test_a_server_that_speaks_no_tls_is_told_apart() -> None:
    with (
        listening(answering("HTTP/1.1 400 Bad Request\r\n\r\n")) as port,
        pytest.raises(Unreachable) as caught,
    ):
        Network({}).send("GET", f"https://127.0.0.1:{port}/", {})
    assert "TLS handshake" in caught.value.reason
    assert not caught.value.untrusted


def test_an_address_that_accepts_nothing_is_given_up_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), pytest.raises(Unreachable) as caught:
            Network({}, connect_seconds=0.2).send("GET", f"http://127.0.0.1:{port}/", {})
    assert "didn't accept the connection" in caught.value.reason


PROXIED = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nby"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_a_proxy_is_used_with_its_credentials(name: str) -> None:
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(PROXIED.encode())

    with listening(talk) as port:
        environ = {name: f"http://user:p%40ss@127.0.0.1:{port}"}
        assert Network(environ).send("GET", "http://sts.invalid/", {}).body == b"by"
    assert heard[0].startswith(b"GET http://sts.invalid/ HTTP/1.1\r\n")
    assert base64.b64encode(b"user:p@ss") in heard[0]


def test_a_proxy_without_a_scheme_is_one_of_http() -> None:
    with listening(answering(PROXIED)) as port:
        assert Network({"http_proxy": f"127.0.0.1:{port}"}).send("GET", "http://a.invalid/", {}).body == b"by"


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "*", "example.com, 127.0.0.1"])
def test_no_proxy_goes_straight(no_proxy: str) -> None:
    with listening(answering(PROXIED)) as port:
        environ = {"http_proxy": "http://127.0.0.1:1", "NO_PROXY": no_proxy}
        assert Network(environ).send("GET", f"http://127.0.0.1:{port}/", {}).body == b"by"


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        (
            "http://user:canary@127.0.0.1:1",
            "127.0.0.1 (private) (the proxy on the way) refuses the connection",
        ),
        ("socks5://user:canary@127.0.0.1:1", "can't be asked"),
        ("http://user:canary/x@127.0.0.1:1", "can't be asked"),
    ],
)
def test_a_proxy_that_fails_is_named_without_its_password(proxy: str, said: str) -> None:
    with pytest.raises(Unreachable) as caught:
        Network({"https_proxy": proxy}).send("GET", "https://sts.invalid/", {})
    assert said in f"{caught.value.place} {caught.value.reason}"
    assert "canary" not in f"{caught.value} {caught.value.place} {caught.value.reason}"


def test_a_proxy_that_says_no_is_quoted() -> None:
    with (
        listening(answering("HTTP/1.1 403 Filtered\r\nContent-Length: 0\r\n\r\n")) as port,
        pytest.raises(Unreachable) as caught,
    ):
        Network({"https_proxy": f"http://127.0.0.1:{port}"}).send("GET", "https://sts.invalid/", {})
    assert "didn't let the request through (403 Filtered)" in caught.value.reason
    assert caught.value.place == "127.0.0.1 (private) (the proxy on the way)"


def test_a_name_that_does_not_resolve_is_told_apart() -> None:
    with pytest.raises(Unreachable, match=r"sts\.invalid has no address"):
        Network({}).send("GET", "http://sts.invalid/", {})


@pytest.mark.parametrize(
    ("proxy", "no_proxy", "expected"),
    [
        ("", "", {"HTTPS_PROXY": "http://env:1", "no_proxy": "env"}),
        (
            "http://given:2",
            "",
            {
                "HTTPS_PROXY": "http://given:2",
                "https_proxy": "http://given:2",
                "HTTP_PROXY": "http://given:2",
                "http_proxy": "http://given:2",
                "no_proxy": "env",
            },
        ),
        ("", "given", {"HTTPS_PROXY": "http://env:1", "no_proxy": "given", "NO_PROXY": "given"}),
    ],
)
def test_a_proxy_that_is_given_takes_the_place_of_the_environments(
    proxy: str, no_proxy: str, expected: dict[str, str]
) -> None:
    environ = {"HTTPS_PROXY": "http://env:1", "no_proxy": "env"}
    assert by_proxy(environ, proxy, no_proxy) == expected

"""Which calls a fault on the wire strikes, and what is answered then; its record alone puts it in force."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from testbed.aws import breakage
from testbed.aws.breakage import Breakable, Cut
from testbed.aws.faults import Faults, Order
from testbed.faults import active
from testbed.faults.catalogue import FAULTS
from testbed.imds.parts import CREDENTIALS
from testbed.imds.parts import part as imds_part
from testbed.oidc.parts import part as oidc_part


@dataclass
class Wire:
    """A state directory with a stand-in server's view of it."""

    folder: Path
    number: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.faults = Faults(self.folder, FAULTS.values())

    def strike(self, name: str, **given: str) -> Path:
        self.number += 1
        record = self.folder / f"{self.number}.json"
        record.write_text(json.dumps({"id": self.number, "name": name, "given": given}))
        return record

    def struck(self, is_for: Callable[[Order], bool] = lambda _: True) -> list[str]:
        orders = self.faults.strike(is_for)
        self.faults.spent(orders)
        return [order.deed for order in orders]


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(tmp_path / "faults")


@pytest.mark.parametrize(
    ("given", "strikes"),
    [
        ({}, [1, 1, 1, 1, 1]),
        ({"times": "2"}, [1, 1, 0, 0, 0]),
        ({"after": "3"}, [0, 0, 1, 1, 1]),
        ({"after": "2", "times": "1"}, [0, 1, 0, 0, 0]),
    ],
)
def test_it_strikes_from_the_nth_call_so_many_times(
    wire: Wire, given: dict[str, str], strikes: list[int]
) -> None:
    record = wire.strike("aws-throttle", operation="*:*", **given)
    assert [len(wire.struck()) for _ in strikes] == strikes
    assert record.exists() == ("times" not in given)


def test_it_is_in_force_as_long_as_its_record_is_there(wire: Wire) -> None:
    assert wire.struck() == []
    record = wire.strike("oidc-error")
    assert wire.struck() == ["error"]
    assert Faults(wire.folder, FAULTS.values()).strike(lambda _: True)  # a server started anew
    assert not Faults(wire.folder, ()).strike(lambda _: True)  # one that has nothing to do with it
    record.unlink()
    assert wire.struck() == []


def test_what_waits_comes_before_one_that_ends_the_call(wire: Wire) -> None:
    for name in ("aws-slow", "aws-error", "aws-throttle"):
        wire.strike(name, operation="*:*", times="1")
    assert wire.struck() == ["slow", "error"]
    assert wire.struck() == ["throttle"]
    assert wire.struck() == []


def test_clocks_are_wrong_by_all_that_moves_them(wire: Wire) -> None:
    assert wire.faults.offset("aws-clock") == 0
    wire.strike("aws-clock", offset="+600")
    wire.strike("aws-clock", offset="-60.5")
    wire.strike("oidc-clock", offset="7")
    assert wire.faults.offset("aws-clock") == 539.5


class Head(list[Any]):
    """start_response, and what it was told."""

    def __call__(self, status: str, headers: Any, exc_info: Any = None, /) -> Callable[[bytes], object]:
        del exc_info
        self += [status, headers]
        return lambda _: None


def app(environ: Any, start_response: Any) -> Iterator[bytes]:
    content = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    yield content


@pytest.mark.parametrize(
    ("name", "given", "status", "content"),
    [
        ("aws-slow", {"operation": "*:*", "delay": "0.01"}, "200 OK", b"12345678"),
        ("aws-garbage", {"operation": "*:*"}, "502 Bad Gateway", breakage.PAGE),
        ("oidc-garbage", {"body": "json"}, "200 OK", b"{}"),
        ("oidc-garbage", {"body": "empty", "status": "204"}, "204 No Content", b""),
        ("aws-cut", {"operation": "*:*"}, "200 OK", b"1234"),
        ("aws-cut", {"operation": "*:*", "at": "request"}, None, b""),
        ("registry-slow", {"rate": "400"}, "200 OK", b"12345678"),
    ],
)
def test_what_is_answered(
    wire: Wire, name: str, given: dict[str, str], status: str | None, content: bytes
) -> None:
    wire.strike(name, **given)
    environ: Any = {"wsgi.input": BytesIO(b"12345678"), "CONTENT_LENGTH": "8"}
    said, got = Head(), b""
    try:
        for part in breakage.serve(wire.faults, wire.faults.strike(lambda _: True), environ, said, app):
            got += part
    except Cut:
        assert name == "aws-cut"
    assert (said[:1] or [None])[0] == status
    assert got == content


def test_nobody_waits_for_a_client_that_has_gone(wire: Wire) -> None:
    wire.strike("aws-hang", operation="*:*")
    environ: Any = {"wsgi.input": BytesIO(), "testbed.gone": lambda: True}
    with pytest.raises(Cut):
        list(breakage.serve(wire.faults, wire.faults.strike(lambda _: True), environ, Head(), app))


@pytest.mark.parametrize(
    ("host", "path", "given", "status"),
    [
        ("dev", "/latest/api/token", {"host": "dev", "part": "token"}, "500"),
        ("dev", "/latest/api/token", {"host": "dev"}, "500"),
        ("dev", "/latest/api/token", {"host": "prod"}, "200"),
        ("dev", "/latest/api/token", {"host": "dev", "part": "role"}, "200"),
        ("dev", CREDENTIALS, {"host": "dev", "part": "role"}, "500"),
        ("dev", f"{CREDENTIALS}/x", {"host": "dev", "part": "role"}, "200"),
        (
            "dev",
            f"{CREDENTIALS}/x",
            {"host": "dev", "part": "credentials"},
            "500",
        ),
        ("dev", "/latest/meta-data/instance-id", {"host": "dev", "part": "other"}, "500"),
        (None, "/.well-known/jwks", {"part": "jwks"}, "500"),
        (None, "/.well-known/jwks", {}, "200"),
        (None, "/.well-known/openid-configuration", {"part": "any"}, "500"),
        (None, "/p//idtoken/p/1", {}, "500"),
        (None, "/_service/jobs", {"part": "any"}, "200"),
    ],
)
def test_which_part_is_broken(
    wire: Wire, host: str | None, path: str, given: dict[str, str], status: str
) -> None:
    wire.strike("oidc-error" if host is None else "imds-error", **given)
    broken = Breakable(app, wire.faults, oidc_part if host is None else imds_part, imds=host)
    environ: Any = {"PATH_INFO": path, "wsgi.input": BytesIO()}
    list(broken(environ, said := Head()))
    assert said[0].startswith(status)


def test_no_fault_has_the_number_of_another(state_at: Path) -> None:
    (state_at / "faults").mkdir()
    for number in (1, 2):
        with active._next_number() as found:
            assert found == number
    (state_at / "faults" / "last").write_text("")  # killed within its writing
    (state_at / "faults" / "7.json").touch()
    with active._next_number() as found:
        assert found == 8

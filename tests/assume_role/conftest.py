from collections.abc import Iterator

import pytest

from fake_sts import FakeSts, Served, clean_environment


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSts]:
    with Served(FakeSts()) as server:
        clean_environment(monkeypatch, {"AWS_ENDPOINT_URL_STS": server.url})
        yield server

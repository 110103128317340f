import pytest

from build_push import summary
from build_push.summary import Report

APP = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/app"
DIGEST = f"sha256:{'a' * 64}"
PUSHED = Report(
    image=f"{APP}@{DIGEST}",
    digest=DIGEST,
    tags=[f"{APP}:1", f"{APP}:latest"],
    platform="linux/amd64",
    size=12_345_678,
    seconds=65,
    dockerfile="services/api/Dockerfile",
    target="",
)


def test_push_shows_image_tags_size_time_and_how_to_pull() -> None:
    text = summary.render(PUSHED)
    assert "### 📦 Pushed" in text
    for each in (f"{APP}:1", f"{APP}:latest", "linux/amd64", "12.3 MB", "1 min 05 s"):
        assert each in text
    assert f"docker pull {APP}@{DIGEST}" in text


def test_what_is_unknown_has_no_row() -> None:
    assert "Stage" not in summary.render(PUSHED)


def test_build_without_push_offers_no_pull() -> None:
    report = Report(
        image="",
        digest=DIGEST,
        tags=["app:1"],
        platform="",
        size=0,
        seconds=1,
        dockerfile="Dockerfile",
        target="test",
    )
    text = summary.render(report)
    assert "### 📦 Built" in text
    assert "docker pull" not in text
    assert DIGEST in text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, ""), (999, "999 B"), (1000, "1.0 kB"), (5_400_000_000, "5.4 GB"), (10**13, "10000.0 GB")],
)
def test_size(count: int, text: str) -> None:
    assert summary.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (4.21, "4.2 s"), (59.9, "59.9 s"), (125, "2 min 05 s")]
)
def test_duration(seconds: float, text: str) -> None:
    assert summary.duration(seconds) == text

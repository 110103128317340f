"""Which logs there are, and whose a name means."""

from pathlib import Path

import pytest

from testbed import logs, paths
from testbed.errors import TestbedError


@pytest.fixture
def logged(state_at: Path) -> Path:
    for name in (
        "aws",
        "cluster-dev",
        "dev-etcd",
        "dev-kubelet",
        "cluster-dev-east",
        "dev-east-etcd",
        "resolver",
    ):
        paths.log(name).parent.mkdir(exist_ok=True)
        paths.log(name).write_text(f"{name} one\n{name} two\n{name} three\n")
    for number in (999, 1001):
        (state_at / "runs" / str(number)).mkdir(parents=True)
        (state_at / "runs" / str(number) / "runner.log").write_text(f"run {number}\n")
    return state_at


def test_all_are_listed_the_last_run_last(logged: Path) -> None:
    assert logged.exists()
    names = [line.split()[0] for line in logs.table().splitlines()[1:-2]]
    units = ["aws", "cluster-dev", "cluster-dev-east", "dev-east-etcd", "dev-etcd", "dev-kubelet", "resolver"]
    assert names == [*units, "run-999", "run-1001"]


@pytest.mark.parametrize(
    ("name", "lines", "shown"),
    [
        ("aws", 2, ["aws two", "aws three"]),
        ("run", 5, ["run 1001"]),
        ("run-999", 5, ["run 999"]),
        ("dev", 1, ["cluster-dev three", "dev-etcd three", "dev-kubelet three"]),
    ],
)
def test_the_last_lines_are_shown(
    logged: Path, capfd: pytest.CaptureFixture[str], name: str, lines: int, shown: list[str]
) -> None:
    assert logged.exists()
    assert logs.show([name], lines, follow=False) == 0
    out = capfd.readouterr().out
    assert [line for line in out.splitlines() if line and not line.startswith("==>")] == shown


def test_an_unknown_name_is_told_the_nearest(logged: Path) -> None:
    assert logged.exists()
    with pytest.raises(TestbedError, match="no log 'kublet'; perhaps you meant `dev-kubelet`"):
        logs.show(["kublet"], 1, follow=False)


def test_without_a_testbed_there_is_nothing(state_at: Path) -> None:
    assert state_at.exists()
    with pytest.raises(TestbedError, match="no logs") as raised:
        logs.table()
    assert "up" in raised.value.hint

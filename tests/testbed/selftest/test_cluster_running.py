"""A cluster's components as processes: one that is stopped stays away, one that ends takes all along."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.bed import eventually
from testbed.cluster.commands import Component
from testbed.cluster.running import Running

PATH = "/usr/bin:/bin"
SPEAKS_AND_ENDS = ("sh", "-c", "echo no disk left; exit 3")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    components = [
        Component(name="sleeps", argv=("sleep", "60")),
        Component(name="ends", argv=SPEAKS_AND_ENDS),
    ]
    made = Running(components, {c.name: str(tmp_path / c.name) for c in components}, PATH)
    yield made
    made.stop("sleeps")


def test_a_component_is_started_once_and_stopped_for_good(running: Running) -> None:
    for action, state in ((running.start, "running"), (running.start, "running"), (running.stop, "stopped")):
        action("sleeps")
        assert running.states() == {"sleeps": state, "ends": "stopped"}
    assert running.reap() is None  # and there was but one


def test_the_end_of_a_component_is_the_end_of_all_with_its_last_words(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    running.start("ends")
    with pytest.raises(SystemExit):
        eventually(running.pause)
    assert capsys.readouterr().out == "ends ended (status 3); the last it said:\n  no disk left\n"


def test_there_is_no_other_component(running: Running) -> None:
    with pytest.raises(LookupError):
        running.start("etcd")

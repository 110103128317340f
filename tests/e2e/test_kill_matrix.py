"""Each action, ended in each of its phases in each way, leaves nothing, and the next run works.

`make test` takes the sample; `make soak` all of it, and writes docs/reliability.md.
"""

import json
import secrets
from collections.abc import Iterator

import pytest

from e2e import kill
from e2e.kill_phases import PHASES, Phase
from e2e.support import App
from testbed import paths
from testbed.cluster.api import Api
from testbed.runner_host.machine import Machine
from tools.paths import ROOT

# One of each action and way, and most phases.
SAMPLE = {
    ("asking STS", "cancel"),
    ("asking who it is", "SIGTERM"),
    ("asking GitHub for the ID token", "SIGKILL"),
    ("building", "cancel"),
    ("reading the digest back", "SIGTERM"),
    ("pushing", "SIGKILL"),
    ("waiting for the pods", "cancel"),
    ("looking up the cluster", "SIGTERM"),
    ("assuming the role", "SIGKILL"),
}
# The runner's own patience (7.5 s and 2.5 s), and what a job takes to end.
END_SECONDS = 13.0
CASES = [
    pytest.param(
        phase,
        how,
        id=f"{phase.action}: {phase.name}, {how}",
        marks=[] if (phase.name, how) in SAMPLE else [pytest.mark.soak],
    )
    for phase in PHASES
    for how in kill.HOWS
]
CONCLUSIONS = {
    "cancel": ("cancelled", "cancelled"),
    "SIGTERM": ("failure", "failure"),
    "SIGKILL": ("failure", "failure"),
}


@pytest.fixture
def namespace() -> Iterator[str]:
    api, name = Api(paths.cluster("dev"), "ea-router"), f"killed-{secrets.token_hex(3)}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")


@pytest.mark.parametrize(("phase", "how"), CASES)
def test_it_leaves_nothing_and_the_next_run_works(app: App, namespace: str, phase: Phase, how: str) -> None:
    machine = Machine("peered")
    before = kill.Traces.of(machine)
    ended = kill.run(app, phase, namespace, how, machine)
    assert (ended.result.conclusion, ended.step.conclusion) == CONCLUSIONS[how]
    assert ended.seconds < END_SECONDS
    assert ended.keys == "0", "credentials were exported by a step that was ended"
    assert kill.left(machine, before) == []
    again = kill.run_again(app, phase, namespace)
    assert again.conclusion == "success", "\n".join(job.log for job in again.jobs.values())
    _note(phase, how, ended)


def _note(phase: Phase, how: str, ended: kill.Ended) -> None:
    """A row for docs/reliability.md."""
    file = ROOT / "build" / "kill-matrix.jsonl"
    row = {"action": phase.action, "phase": phase.name, "how": how, "seconds": round(ended.seconds, 1)}
    with file.open("a") as rows:
        rows.write(json.dumps({**row, "said": ended.said}) + "\n")

"""act on the testbed's runner: what it makes of tests/conformance, beside the simulator."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from testbed import paths
from testbed.act import every_step
from testbed.act.differences import DIFFERENCES, REFUSALS
from testbed.errors import TestbedError
from testbed.run import RunResult, run_workflow
from testbed.run_hosts import ACT, SIMULATOR, Program, RunnerMachine
from testbed.selftest.workflows import write

CONFORMANCE = paths.PACKAGE.parent / "conformance"
WORKFLOWS = Path(".github/workflows")


def run(repository: Path, workflow: str, program: str) -> RunResult:
    return run_workflow(WORKFLOWS / workflow, repository, host=RunnerMachine(program=Program(program)))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose workflows are those of tests/conformance, with every step run."""
    shutil.copytree(CONFORMANCE, tmp_path / "second-witness/tests/conformance")
    for file in CONFORMANCE.glob("*.yml"):
        write(tmp_path / "second-witness", {str(WORKFLOWS / file.name): every_step.copy(file.read_text())})
    return tmp_path / "second-witness"


def ended(result: RunResult) -> dict[tuple[str, str], str]:
    """The worst outcome by job and step; those of a matrix, or of one name, together."""
    found: dict[tuple[str, str], str] = {}
    for (name, step), outcome in every_step.outcomes(result.jobs).items():
        key = re.sub(r" \(.*\)$", "", name.rpartition(" / ")[2]), step
        found[key] = min(outcome, found.get(key, outcome), key=["failure", "success", "skipped"].index)
    return found


@pytest.mark.parametrize("workflow", sorted({one.workflow for one in DIFFERENCES}))
def test_act_differs_from_the_simulator_where_the_table_says(repository: Path, workflow: str) -> None:
    file = repository / WORKFLOWS / workflow
    for refusal in REFUSALS:
        file.write_text(file.read_text().replace(refusal.text, refusal.instead))
    act, simulator = (ended(run(repository, workflow, program)) for program in (ACT, SIMULATOR))
    assert act.keys() == simulator.keys()
    assert {key for key in act if act[key] != simulator[key]} == {
        (one.job, one.step) for one in DIFFERENCES if one.workflow == workflow
    }


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.text)
def test_act_refuses_what_the_table_says(repository: Path, refusal: Any) -> None:
    with pytest.raises(TestbedError, match=refusal.says):
        run(repository, refusal.workflow, ACT)

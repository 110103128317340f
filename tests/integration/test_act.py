"""act on the testbed's runner: what it makes of tests/conformance, beside the simulator."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from testbed import paths
from testbed.act import every_step
from testbed.act.differences import DIFFERENCES, REFUSALS
from testbed.bed import eventually
from testbed.errors import TestbedError
from testbed.run import RunResult, run_workflow
from testbed.run_hosts import ACT, SIMULATOR, Program, RunnerMachine
from testbed.runner_host.machine import Machine
from testbed.selftest.workflows import job, write

CONFORMANCE = paths.PACKAGE.parent / "conformance"
WORKFLOWS = Path(".github/workflows")


def run(repository: Path, workflow: str, program: str) -> RunResult:
    return run_workflow(WORKFLOWS / workflow, repository, host=RunnerMachine.named("", Program(program)))


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


WITH_A_SERVICE = """
    on: push
    jobs:
      a:
        runs-on: self-hosted
        container: busybox
        services: {beside: {image: busybox}}
        steps:
          - {id: look, run: 'busybox | head -n 1; echo "found=yes" >> "$GITHUB_OUTPUT"'}
    """


def test_what_the_simulator_does_not_support_goes_to_act(tmp_path: Path) -> None:
    write(tmp_path / "contained", {"wf.yml": WITH_A_SERVICE})
    result = run_workflow("wf.yml", tmp_path / "contained")
    assert (result.conclusion, result.jobs["a"].steps[0].outputs) == ("success", {"found": "yes"})
    assert "\nBusyBox v" in result.jobs["a"].log
    simulator = RunnerMachine.named("", Program(SIMULATOR))
    with pytest.raises(TestbedError, match=r"wf\.yml:6: 'services' in job 'a' is valid on GitHub, but this"):
        run_workflow("wf.yml", tmp_path / "contained", host=simulator)


TOKENS = """
    on: push
    permissions: {}
    jobs:
      asks:
        runs-on: self-hosted
        permissions: {id-token: write}
        strategy: {max-parallel: 1, matrix: {to: [dev, prod]}}
        environment: ${{ matrix.to }}
        steps:
          - run: |
              curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
                "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > token.json
              python3 -c 'import json; print(json.load(open("token.json"))["value"].split(".")[1] + "==")' |
                base64 --decode --ignore-garbage > claims.json || true
              python3 -c 'import json; print("subject", json.load(open("claims.json"))["sub"])'
      may-not:
        runs-on: self-hosted
        steps:
          - run: test -z "$ACTIONS_ID_TOKEN_REQUEST_URL$ACTIONS_ID_TOKEN_REQUEST_TOKEN"
    """


def test_id_tokens(tmp_path: Path) -> None:
    write(tmp_path / "asking", {"wf.yml": TOKENS})
    result = run_workflow("wf.yml", tmp_path / "asking", host=RunnerMachine.named("", Program(ACT)))
    assert result.conclusion == "success"
    for environment in ("dev", "prod"):
        log = result.jobs[f"asks ({environment})"].log
        assert f"\nsubject repo:org/asking:environment:{environment}\n" in log


def test_a_cancelled_run_ends_and_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "stopped", {"wf.yml": job("- {run: 'echo go $((6 * 7)); sleep 600'}\n- run: exit 1")})
    host = RunnerMachine.named("", Program(ACT))
    result = run_workflow("wf.yml", tmp_path / "stopped", host=host, cancel_on="go 42")
    assert result.conclusion == "cancelled"
    assert [step.name for step in result.jobs["a"].steps if step.outcome == "success"] == []
    # act kills the shell, and the end of its terminal what the shell had started: a moment later.
    look = ["sh", "-c", "pgrep --full --exact 'sleep 600'; ls /opt/actions-runner/_work/_act"]
    machine = Machine(host.name)
    eventually(lambda: not machine.run(look, capture_output=True).stdout, seconds=5)

"""tests/conformance/workflow.yml, which asserts the runner's rules from inside, through the simulator."""

import shutil
from pathlib import Path

import pytest

from testbed import paths
from testbed.run import run_workflow
from testbed.selftest.forking import ForkedFolders

CONFORMANCE = paths.PACKAGE.parent / "conformance"


def test_conformance(tmp_path: Path) -> None:
    repository = tmp_path / "app"
    shutil.copytree(CONFORMANCE, repository / "tests" / "conformance")
    result = run_workflow(
        CONFORMANCE / "workflow.yml",
        repository,
        host=ForkedFolders(tmp_path / "host"),
        variables={"CONFORMANCE_CONTAINERS": "no"},
    )
    failed = [one.name for job in result.jobs.values() for one in job.steps if one.conclusion == "failure"]
    assert failed == []
    assert {job.id: job.conclusion for job in result.jobs.values()} == {
        "steps": "success",
        "outputs": "success",
        "skipped": "skipped",
        "after-skipped": "skipped",
        "always": "success",
        "containers": "skipped",
        "job-container": "skipped",
        "event": "success",
    }
    assert result.summary == "# Summary\n"


@pytest.mark.parametrize("event", ["pull_request", "workflow_dispatch"])
def test_other_events(tmp_path: Path, event: str) -> None:
    (tmp_path / "app").mkdir()
    workflow, host = CONFORMANCE / "workflow.yml", ForkedFolders(tmp_path / "host")
    assert (
        run_workflow(workflow, tmp_path / "app", host=host, event=event, job="event").conclusion == "success"
    )

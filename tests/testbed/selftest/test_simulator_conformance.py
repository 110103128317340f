"""tests/conformance/workflow.yml, which asserts the runner's rules from inside, through the simulator."""

import shutil
from pathlib import Path

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
    }
    assert result.summary == "# Summary\n"

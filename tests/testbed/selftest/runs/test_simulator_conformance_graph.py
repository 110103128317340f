"""tests/conformance/graph.yml, which asserts the rules of the graph of jobs from inside."""

import shutil
from pathlib import Path

from testbed import paths
from testbed.run import run_workflow
from testbed.selftest.forking import ForkedFolders

CONFORMANCE = paths.PACKAGE.parent / "conformance"


def test_graph(tmp_path: Path) -> None:
    repository = tmp_path / "app"
    shutil.copytree(CONFORMANCE, repository / "tests" / "conformance")
    shutil.copytree(
        CONFORMANCE,
        repository / ".github" / "workflows",
        ignore=shutil.ignore_patterns("actions", "workflow.yml"),
    )
    result = run_workflow(".github/workflows/graph.yml", repository, host=ForkedFolders(tmp_path / "host"))
    failed = [f"{job.id}: {one.name}" for job in result.jobs.values() for one in job.steps if one.annotations]
    assert failed == ['tolerated (x): Run test "${{ matrix.value }}" = y']
    assert result.conclusion == "success"
    conclusions = {job.id: job.conclusion for job in result.jobs.values()}
    assert conclusions == {
        "plan": "success",
        "include (apple, cat)": "success",
        "include (apple, dog)": "success",
        "include (pear, cat)": "success",
        "include (pear, dog)": "success",
        "include (banana)": "success",
        "include (banana, cat)": "success",
        "exclude (linux, 1)": "success",
        "exclude (windows, 3.1)": "success",
        "nothing-left": "success",
        "planned (a, 1.5)": "success",
        "planned (b)": "success",
        "tolerated (x)": "failure",
        "tolerated (y)": "success",
        "skipped": "skipped",
        "call / called": "success",
        "call / nested / nested": "success",
        "call / nested / skipped": "skipped",
        "call-each (1) / nested": "success",
        "call-each (1) / skipped": "skipped",
        "call-each (2) / nested": "success",
        "call-each (2) / skipped": "skipped",
        "call-skipped": "skipped",
        "results": "success",
        "first-in-group": "success",
        "second-in-group": "success",
    }

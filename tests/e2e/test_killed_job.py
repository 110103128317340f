"""A job whose runner dies in the middle leaves nothing that the next one stumbles over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.support import App
from testbed import units
from testbed.runner_host.machine import Machine
from testbed.up import up
from tools.demo import application
from tools.paths import ROOT

WORK = "opt/actions-runner/_work"


@pytest.fixture
def running(app: App, tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """The example's workflow, started from a process of its own; its log."""
    application.commit(app.folder, "A commit that is not to be")
    log = tmp_path / "log"
    argv = [sys.executable, "-m", "testbed.cli", "run", str(app.folder / application.WORKFLOW)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with log.open("wb") as out:
        run = subprocess.Popen(
            [*argv, "--repository", str(app.folder)], stdout=out, stderr=out, env=environment
        )
    yield run, log
    run.kill()
    run.wait()


@pytest.mark.parametrize("moment", ["Run org/build-push@v1", "Run org/eks-deploy@v1"])
def test_the_next_run_works(app: App, running: tuple["subprocess.Popen[bytes]", Path], moment: str) -> None:
    run, log = running
    deadline = time.monotonic() + 120
    while moment not in log.read_text():
        assert run.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    units.stop("runner-peered")  # with SIGKILL, as all units end
    up()
    result = app.push("The commit after it")
    assert result.conclusion == "success", "\n".join(job.log for job in result.jobs.values())
    left = [path.name for path in (Machine("peered").root / WORK / "_temp").iterdir()]
    assert left == []

"""Concurrency groups: one runs, one waits, and a newer one takes the waiting one's place.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from testbed import paths
from testbed.run import RunResult
from testbed.selftest.workflows import job, run
from testbed.simulator import concurrency, places
from testbed.simulator.concurrency import Claim
from testbed.simulator.document import parse
from testbed.simulator.errors import WorkflowError
from testbed.simulator.expressions.evaluate import Scope
from testbed.simulator.groups import Groups

HIGHER = "Canceling since a higher priority waiting request for '{}' exists"


class Holder:
    """A member of a group, in a thread: holds it until told to leave or cancelled, and tells its story."""

    def __init__(self, work: Path, claim: Claim, repository: str = "org/app") -> None:
        self.running, self.cancel, self.leave = threading.Event(), threading.Event(), threading.Event()
        self.story = ""
        self._work = (Groups(work, repository), claim)
        self.thread = threading.Thread(target=self._hold, daemon=True)
        self.thread.start()

    def _hold(self) -> None:
        groups, claim = self._work
        with groups.enter(claim, self.cancel) as member:
            if member.granted:
                self.running.set()
                while not self.leave.is_set() and not member.cancel.is_set():
                    time.sleep(0.01)
            self.story = member.reason or ("ran" if member.granted else "gave up")

    def ended(self) -> str:
        self.thread.join(5)
        return self.story


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def tickets(work: Path) -> int:
    return len(list(work.glob("_concurrency/*/*.ticket")))


def queue(work: Path, *claims: Claim) -> list[Holder]:
    """One after another, the first of which runs."""
    holders = []
    for claim in claims:
        before = tickets(work)
        holders.append(Holder(work, claim))
        until(lambda known=before: tickets(work) > known)  # type: ignore[misc]
    until(holders[0].running.is_set)
    return holders


def test_a_newer_member_takes_the_place_of_the_one_that_waits(tmp_path: Path) -> None:
    """Names are not case-sensitive."""
    first, second = queue(tmp_path, Claim("deploy"), Claim("Deploy"))
    third = Holder(tmp_path, Claim("deploy"))
    assert second.ended() == HIGHER.format("deploy")
    assert not third.running.is_set()
    first.leave.set()
    until(third.running.is_set)
    third.leave.set()
    assert (first.ended(), third.ended(), tickets(tmp_path)) == ("ran", "ran", 0)


def test_cancel_in_progress_ends_what_runs(tmp_path: Path) -> None:
    [first] = queue(tmp_path, Claim("deploy"))
    second = Holder(tmp_path, Claim("deploy", cancel_in_progress=True))
    assert first.ended() == HIGHER.format("deploy")
    until(second.running.is_set)
    second.leave.set()
    assert second.ended() == "ran"


def test_queue_max_keeps_those_who_wait_in_their_order(tmp_path: Path) -> None:
    holders = queue(tmp_path, *[Claim("deploy", waits_in_line=True)] * 4)
    for holder, following in zip(holders, [*holders[1:], None], strict=True):
        until(holder.running.is_set)
        assert following is None or not following.running.is_set()
        holder.leave.set()
        assert holder.ended() == "ran"


def test_other_groups_and_other_repositories_do_not_wait(tmp_path: Path) -> None:
    [first] = queue(tmp_path, Claim("deploy"))
    others = [Holder(tmp_path, Claim("test")), Holder(tmp_path, Claim("deploy"), "org/other")]
    for other in (*others, first):
        until(other.running.is_set)
        other.leave.set()
        assert other.ended() == "ran"


def test_one_that_waits_can_be_cancelled(tmp_path: Path) -> None:
    first, second = queue(tmp_path, Claim("deploy"), Claim("deploy"))
    second.cancel.set()
    assert second.ended() == "gave up"
    first.leave.set()
    assert first.ended() == "ran"


KILLED = """
import threading, time
from pathlib import Path
from testbed.simulator.concurrency import Claim
from testbed.simulator.groups import Groups
with Groups(Path({work!r}), "org/app").enter(Claim("deploy"), threading.Event()):
    print("holds it", flush=True)
    time.sleep(60)
"""


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    program = [sys.executable, "-c", KILLED.format(work=str(tmp_path))]
    env = {"PYTHONPATH": str(paths.PACKAGE.parent)}
    with subprocess.Popen(program, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds it\n"
        waiting = Holder(tmp_path, Claim("deploy"))
        until(lambda: tickets(tmp_path) == 2)
        process.kill()
    until(waiting.running.is_set)
    waiting.leave.set()
    assert (waiting.ended(), tickets(tmp_path)) == ("ran", 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c: ci-${{ github.ref }}", Claim("ci-main")),
        ("c: {group: a, cancel-in-progress: true}", Claim("a", cancel_in_progress=True)),
        ("c: {group: a, cancel-in-progress: \"${{ github.ref != 'main' }}\"}", Claim("a")),
        ("c: {group: a, queue: max}", Claim("a", waits_in_line=True)),
    ],
)
def test_what_is_asked_for(text: str, expected: Claim) -> None:
    assert claim(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c: {group: '${{ github.none }}'}", "wf.yml:1: Concurrency group name cannot be empty"),
        (f"c: {'x' * 401}", "wf.yml:1: Concurrency group name must be less than 400 characters"),
        ("c: {group: a, cancel-in-progress: \"${{ 'true' }}\"}", "wf.yml:1: Unexpected value 'true'"),
        ("c: {group: a, queue: max, cancel-in-progress: '${{ !false }}'}", "can't be combined with"),
    ],
)
def test_what_cannot_be_asked_for(text: str, message: str) -> None:
    """https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/WorkflowTemplateConverter.cs"""
    with pytest.raises(WorkflowError, match=message):
        claim(text)


def claim(text: str) -> Claim:
    read = concurrency.read(parse(text, "wf.yml").data["c"], places.JOB)
    assert read is not None
    return read.claim(Scope({"github": {"ref": "main"}}))


@contextmanager
def started(tmp_path: Path, workflow: str, number: int, shown: str) -> Iterator["Future[RunResult]"]:
    """A run in the background, once its log shows something."""
    log = tmp_path / f"host/runs/{number}/runner.log"
    with ThreadPoolExecutor() as pool:
        future = pool.submit(run, tmp_path, workflow)
        until(lambda: log.exists() and shown in log.read_text())
        yield future


WAITS = "- {timeout-minutes: 1, run: 'echo go $((6 * 7)); while test ! -e ../../go; do sleep 0.05; done'}"
OF_WORKFLOW = "concurrency: {{group: deploy, cancel-in-progress: {}}}\n"


def test_runs_of_a_workflow(tmp_path: Path) -> None:
    """The third run cancels the second, which waits; none of the second's jobs has begun."""
    slow = OF_WORKFLOW.format("false") + job(WAITS)
    quick = OF_WORKFLOW.format("false") + job("- run: 'true'")
    waiting = "Waiting for the concurrency group 'deploy'"
    with started(tmp_path, slow, 1001, "go 42") as first, started(tmp_path, quick, 1002, waiting) as second:
        with started(tmp_path, quick, 1003, waiting) as third:
            assert second.result().conclusion == "cancelled"
            assert second.result().jobs == {}
            assert HIGHER.format("deploy") in (second.result().folder / "runner.log").read_text()
            (tmp_path / "host/work/go").touch()
        assert [first.result().conclusion, third.result().conclusion] == ["success", "success"]


def test_cancel_in_progress_of_jobs(tmp_path: Path) -> None:
    """The job that runs is cancelled, not its run: what doesn't need it goes on."""
    workflow = """
        on: push
        jobs:
          deploy:
            concurrency: {group: "${{ github.ref }}", cancel-in-progress: true}
            runs-on: x
            steps:
              - {run: 'echo go $((6 * 7)); test -e ../../go || exec sleep 30'}
              - {if: cancelled(), run: 'touch ../../go'}
          other: {runs-on: x, steps: [{run: 'true'}]}
        """
    with started(tmp_path, workflow, 1001, "go 42") as first:
        second = run(tmp_path, workflow)
        result = first.result()
    assert {job.id: job.conclusion for job in result.jobs.values()} == {
        "deploy": "cancelled",
        "other": "success",
    }
    assert (result.conclusion, second.conclusion) == ("cancelled", "success")
    assert HIGHER.format("refs/heads/main") in [one.message for one in result.annotations]


def test_a_group_inside_itself_is_a_deadlock(tmp_path: Path) -> None:
    """https://github.com/github/vscode-github-actions/issues/135, https://github.com/rhysd/actionlint/issues/538"""
    result = run(
        tmp_path,
        """
        on: push
        concurrency: ci
        jobs:
          job: {concurrency: CI, runs-on: x, steps: [{run: 'true'}]}
          call: {uses: ./.github/workflows/called.yml}
          held: {concurrency: a, uses: ./.github/workflows/inner.yml}
          free: {concurrency: b, uses: ./.github/workflows/inner.yml}
        """,
        files={
            ".github/workflows/called.yml": """
                on: workflow_call
                concurrency: {group: ci, cancel-in-progress: true}
                jobs: {a: {runs-on: x, steps: [{run: 'true'}]}}
                """,
            ".github/workflows/inner.yml": """
                on: workflow_call
                jobs: {a: {concurrency: a, runs-on: x, steps: [{run: 'true'}]}}
                """,
        },
    )
    assert {job.id: job.conclusion for job in result.jobs.values()} == {
        "job": "cancelled",
        "call": "cancelled",
        "held / a": "cancelled",
        "free / a": "success",
    }
    assert result.conclusion == "cancelled"
    assert [one.message.partition("group ")[2] for one in result.annotations] == [
        "'CI' was detected between 'top level workflow' and 'job'",
        "'ci' was detected between 'top level workflow' and 'call'",
        "'a' was detected between 'held' and 'held / a'",
    ]

"""Cancellation, time-outs and what a job leaves behind.

https://github.com/actions/runner/blob/main/src/Runner.Sdk/ProcessInvoker.cs (CancelAndKillProcessTree)
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from testbed.selftest.workflows import job, run, step
from testbed.simulator import lease

QUEUED = "Waiting for a runner to pick up this job..."

TRAPPED = """
- id: x
  shell: bash
  run: |
    exec python3 -uc '
    import signal, sys, time
    def on(number, _):
        print("got", signal.Signals(number).name)
        if number == signal.{ends_at}: sys.exit(130)
    for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, on)
    print("go", 6 * 7)
    while True: time.sleep(0.05)'
- {{id: normal, run: 'true'}}
- {{id: always, if: always(), run: 'test "${{{{ job.status }}}}" = cancelled'}}
- {{id: cancelled, if: cancelled(), run: 'true'}}
"""


def test_cancel_sends_sigint_then_runs_what_still_applies(tmp_path: Path) -> None:
    result = run(tmp_path, job(TRAPPED.format(ends_at="SIGINT")), cancel_on="go 42")
    assert [one.conclusion for one in result.jobs["a"].steps] == [
        "cancelled",
        "skipped",
        "success",
        "success",
    ]
    assert result.conclusion == "cancelled"
    assert "\ngot SIGINT\n" in result.jobs["a"].log
    assert "got SIGTERM" not in result.jobs["a"].log


def test_sigterm_follows_and_then_the_end(tmp_path: Path) -> None:
    result = run(tmp_path, job(TRAPPED.format(ends_at="SIGTERM")), cancel_on="go 42")
    assert "got SIGINT\ngot SIGTERM" in result.jobs["a"].log
    stubborn = TRAPPED.format(ends_at="SIGUSR1")
    started = time.monotonic()
    result = run(tmp_path, job(stubborn), cancel_on="go 42", settings={"sigterm_seconds": 0.5})
    assert step(result, "x").conclusion == "cancelled"
    assert time.monotonic() - started < 10


def test_only_the_shell_gets_the_signal(tmp_path: Path) -> None:
    """A program that the shell waits for hears nothing until the tree is killed: why actions use exec."""
    steps = """
        - id: x
          shell: bash
          run: |
            python3 -uc '
            import signal, time
            signal.signal(signal.SIGINT, lambda *_: print("child got it"))
            print("go", 6 * 7)
            time.sleep(30)'
            echo after
        """
    result = run(tmp_path, job(steps), cancel_on="go 42", settings={"sigint_seconds": 0.5})
    assert step(result, "x").conclusion == "cancelled"
    assert "\nchild got it" not in result.jobs["a"].log


def test_a_step_that_always_runs_is_not_interrupted(tmp_path: Path) -> None:
    steps = "- {id: x, if: always(), run: 'echo go $((6 * 7)); sleep 1'}\n- {id: y, run: 'true'}"
    result = run(tmp_path, job(steps), cancel_on="go 42")
    assert [one.conclusion for one in result.jobs["a"].steps] == ["success", "skipped"]
    assert result.conclusion == "cancelled"


def test_step_timeout_is_a_failure(tmp_path: Path) -> None:
    steps = "- {id: x, timeout-minutes: 1, run: exec sleep 30}\n- {id: y, if: failure(), run: 'true'}"
    result = run(tmp_path, job(steps), settings={"seconds_per_minute": 0.3})
    assert [one.conclusion for one in result.jobs["a"].steps] == ["failure", "success"]
    assert "has timed out after 1 minutes." in step(result, "x").annotations[0].message


def test_job_timeout_is_a_cancellation(tmp_path: Path) -> None:
    steps = "- {id: x, run: exec sleep 30}\n- {id: y, if: cancelled(), run: 'true'}"
    result = run(tmp_path, job(steps, timeout_minutes="1"), settings={"seconds_per_minute": 0.5})
    assert [one.conclusion for one in result.jobs["a"].steps] == ["cancelled", "success"]
    assert "exceeded the maximum execution time of 1 minutes" in result.jobs["a"].log


def test_orphans_end_with_the_job(tmp_path: Path) -> None:
    steps = "- run: |\n    setsid sleep 47 >/dev/null 2>&1 &\n    echo $! > pid"
    result = run(tmp_path, job(steps))
    pid = (tmp_path / "host/work/app/app/pid").read_text().strip()
    assert f"Terminate orphan process: pid ({pid})" in result.jobs["a"].log


def test_one_job_at_a_time(tmp_path: Path) -> None:
    """Runs on one runner queue for it: a job's start empties folders that the other one uses."""
    log = tmp_path / "host/runs/1001/runner.log"
    with ThreadPoolExecutor() as pool:
        with lease.runner(tmp_path / "host/work", Event()):
            queued = pool.submit(run, tmp_path, job("- run: 'true'"))
            while not (log.exists() and QUEUED in log.read_text()):
                time.sleep(0.05)
            assert not queued.done()
        assert queued.result().conclusion == "success"


def test_cancel_in_the_queue(tmp_path: Path) -> None:
    with lease.runner(tmp_path / "host/work", Event()):
        result = run(tmp_path, job("- run: 'true'"), cancel_on=QUEUED)
    assert result.conclusion == "cancelled"
    assert result.jobs["a"].steps == []


def test_jobs_that_start_after_the_cancellation(tmp_path: Path) -> None:
    """By their `if` alone; then they run like any other, and a second cancellation is needed to end them.

    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#always
    https://docs.github.com/en/rest/actions/workflow-runs#force-cancel-a-workflow-run
    """
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          slow:
            strategy: {matrix: {v: [1, 2]}}
            runs-on: x
            steps: [{run: 'kill -INT $PPID; exec sleep 30'}]
          normal: {needs: slow, runs-on: x, steps: [{run: 'true'}]}
          always: {needs: slow, if: always(), runs-on: x, steps: [{run: 'test ${{ job.status }} = success'}]}
          cancelled: {if: cancelled(), runs-on: x, steps: [{run: 'true'}]}
          call: {if: always(), uses: ./.github/workflows/called.yml}
          forced: {if: always(), runs-on: x, steps: [{run: 'kill -INT $PPID; exec sleep 30'}]}
        """,
        files={
            ".github/workflows/called.yml": """
                on: workflow_call
                jobs: {a: {runs-on: x, steps: [{run: 'true'}]}}
                """
        },
    )
    assert {job.id: job.conclusion for job in result.jobs.values()} == {
        "slow (1)": "cancelled",
        "slow (2)": "cancelled",
        "normal": "skipped",
        "always": "success",
        "cancelled": "success",
        "call / a": "success",
        "forced": "cancelled",
    }
    assert result.jobs["slow (2)"].steps == []
    assert result.conclusion == "cancelled"


def test_the_service_ends_what_does_not_end(tmp_path: Path) -> None:
    """WorkflowTemplateConverter.cs ConvertToJobCancelTimeout; five minutes unless the job says otherwise."""
    steps = """
        - {id: x, run: 'echo go $((6 * 7)); exec sleep 30'}
        - {id: y, if: always(), run: exec sleep 30}
        - {id: z, if: always(), run: 'true'}
        """
    result = run(
        tmp_path,
        job(steps, cancel_timeout_minutes="${{ fromJSON('2') }}"),
        cancel_on="go 42",
        settings={"seconds_per_minute": 0.3},
    )
    assert [one.conclusion for one in result.jobs["a"].steps] == ["cancelled"] * 3
    assert result.conclusion == "cancelled"

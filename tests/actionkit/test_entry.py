"""How a step ends: exit codes, annotations, summary, signals."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from actionkit.entry import execute
from actionkit.errors import ActionError, Cancelled, InvalidInputs
from actionkit.runner import Runner
from fakes import FakeRunner, runner_environment

SHARED = Path(__file__).parents[2] / "shared"


def end(error: BaseException | None) -> tuple[int, FakeRunner]:
    fake = FakeRunner()

    def main(runner: Runner) -> None:
        runner.add_mask("hunter2")
        if error:
            raise error

    return execute(main, fake.environ, fake.stdout, action="assume-role"), fake


def test_success_is_silent() -> None:
    code, runner = end(None)
    assert (code, runner.annotations, runner.summary) == (0, [], "")


def test_an_expected_failure_is_one_annotation_and_a_paragraph_without_a_traceback() -> None:
    error = ActionError(
        "No cluster", "There is no `dev`.", "Create it:\n    make cluster", file="a.yml", line=3
    )
    code, runner = end(error)
    assert code == 1
    (annotation,) = runner.annotations
    assert (annotation.kind, annotation.title, annotation.file, annotation.line) == (
        *("error", "No cluster"),
        *("a.yml", "3"),
    )
    assert annotation.message == "There is no `dev`.\nCreate it:\n    make cluster"
    assert "Traceback" not in runner.log
    assert "### ❌ assume-role: No cluster" in runner.summary
    assert "```\nmake cluster\n```" in runner.summary


def test_each_problem_of_the_inputs_is_an_annotation_of_its_own() -> None:
    problems = [ActionError(f"Input `{n}`", f"`{n}` is wrong.", "Mend it.") for n in "abc"]
    code, runner = end(InvalidInputs(problems))
    assert code == 1
    assert [a.title for a in runner.annotations] == ["Input `a`", "Input `b`", "Input `c`"]


def test_the_eleventh_problem_is_not_lost_with_the_runners_limit_of_ten() -> None:
    _, runner = end(InvalidInputs([ActionError("Input", f"problem {n}") for n in range(14)]))
    assert len(runner.annotations) == 10
    assert "problem 13" in runner.annotations[-1].message


def test_what_comes_from_outside_cannot_draw_in_the_summary() -> None:
    _, runner = end(ActionError("Odd <b>", "AWS said <img src=x> | *x*"))
    assert r"\<img" in runner.summary
    assert r"Odd \<b\>" in runner.summary


def test_a_bug_shows_its_traceback_in_a_group_and_where_to_report_it() -> None:
    code, runner = end(KeyError("hunter2"))
    assert code == 3
    assert "::group::Traceback" in runner.log
    assert "KeyError" in runner.log
    assert "hunter2" not in runner.log.replace("::add-mask::hunter2", "")
    assert "/issues" in runner.annotations[0].message


def test_cancelled_is_130_without_an_error() -> None:
    code, runner = end(Cancelled("SIGINT"))
    assert (code, runner.annotations) == (130, [])


def test_outside_a_runner_is_an_expected_failure() -> None:
    fake = FakeRunner()
    assert execute(lambda _: None, {}, fake.stdout, action="x") == 1
    assert fake.log.startswith("::error title=Not inside a runner::The variable RUNNER_TEMP isn't set")


STEP = """
    import sys, time
    sys.path.insert(0, {shared!r})
    sys.path.insert(0, {site!r})
    from actionkit.entry import run
    from actionkit.process import Process

    def main(runner):
        try:
            print("ready", flush=True)
            {body}
        finally:
            print("cleaned up", flush=True)

    run(main, action="demo")
"""
WAIT = "time.sleep(30)"
CHILD = "Process(runner).run(['sleep', '30'], env={'PATH': '/usr/bin:/bin'})"


@pytest.mark.parametrize("body", [WAIT, CHILD], ids=["waiting", "in a child"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_step_cleans_up_and_ends_with_130(
    tmp_path: Path, body: str, number: signal.Signals
) -> None:
    site = next(path for path in sys.path if path.endswith("site-packages"))
    script = textwrap.dedent(STEP).format(shared=str(SHARED), site=site, body=body)
    with subprocess.Popen(
        [sys.executable, "-ISBu", "-c", script],
        env={"PATH": os.environ["PATH"], **runner_environment(tmp_path, {}, {})},
        stdout=subprocess.PIPE,
        text=True,
    ) as step:
        assert step.stdout
        assert step.stdout.readline() == "ready\n"
        time.sleep(0.3)
        step.send_signal(number)
        rest = step.stdout.read()
    assert step.returncode == 130
    assert "cleaned up" in rest
    assert "demo was cancelled." in rest
    assert "Traceback" not in rest

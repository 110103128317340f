"""A job can be cancelled at any moment, and each moment has its rule.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
https://github.com/actions/runner/blob/main/src/Runner.Worker/StepsRunner.cs
"""

from pathlib import Path
from typing import Any

import pytest

from testbed.run import RunResult
from testbed.selftest.workflows import job, run

# A client that says what it does, and then goes on for as long as there is a file of that name beside it.
CLIENT = """#!/bin/sh
here=${0%/*}
case "$*" in *"--entrypoint /post"*) verb=post ;; *) verb=$1 ;; esac
trap 'echo "$verb got INT"; exit 130' INT
echo "docker $verb"
if [ -e "$here/$verb" ]; then echo "$verb goes on"; while :; do sleep 0.05; done; fi
"""
ACTIONS = {
    "org/image/v1/action.yml": (
        "runs: {using: docker, image: Dockerfile, entrypoint: /main, post-entrypoint: /post, post-if: POST}\n"
    ),
    "org/image/v1/Dockerfile": "FROM scratch\n",
}
WAIT = "echo go $((6 * 7)); exec sleep 30"
LAST = "- {id: normal, run: 'true'}\n- {id: last, if: cancelled(), run: 'true'}\n"


def cancelled(tmp_path: Path, steps: str, marker: str, *, slow: str = "", **options: Any) -> RunResult:
    shims = tmp_path / "bin"
    shims.mkdir()
    (shims / "docker").write_text(CLIENT)
    (shims / "docker").chmod(0o755)
    if slow:
        (shims / slow).touch()
    post_if = options.pop("post_if", "always()")
    actions = {name: text.replace("POST", post_if) for name, text in ACTIONS.items()}
    result = run(tmp_path, job(steps), path=str(shims), actions=actions, cancel_on=marker, **options)
    assert result.conclusion == "cancelled"
    return result


def conclusions(result: RunResult) -> dict[str, str]:
    return {one.id: one.conclusion for one in result.jobs["a"].steps}


def test_while_an_image_is_built_at_job_start(tmp_path: Path) -> None:
    """JobRunner.cs: cancelled during initialisation, no step runs, not even one that always does."""
    steps = "- {id: s, uses: org/image@v1}\n- {id: always, if: always(), run: 'true'}"
    result = cancelled(tmp_path, steps, "build goes on", slow="build")
    assert conclusions(result) == {"set-up-job": "cancelled"}
    assert "\nbuild got INT\n" in result.jobs["a"].log
    assert result.jobs["a"].log.count("docker build\n") == 1  # and isn't tried again


def test_in_the_hook(tmp_path: Path) -> None:
    hook = tmp_path / "hook.sh"
    hook.write_text(WAIT)
    settings = {"job_started_hook": str(hook)}
    result = cancelled(tmp_path, "- {id: s, if: always(), run: 'true'}", "go 42", settings=settings)
    assert conclusions(result) == {"set-up-job": "cancelled"}


def test_between_steps(tmp_path: Path) -> None:
    """The running step isn't interrupted, for its `if` holds; none that needs success begins."""
    steps = "- {id: s, if: always(), run: 'echo go $((6 * 7)); sleep 0.5'}\n" + LAST
    result = cancelled(tmp_path, steps, "go 42")
    assert conclusions(result) == {"s": "success", "normal": "skipped", "last": "success"}


def test_in_a_composite_action(tmp_path: Path) -> None:
    """Its running step is interrupted, its other steps go by their `if`, and the action is cancelled."""
    act = f"""
        runs:
          using: composite
          steps:
            - {{shell: bash, run: "{WAIT}"}}
            - {{shell: bash, run: echo inner normal}}
            - {{shell: bash, if: always(), run: echo inner always}}
            - {{shell: bash, if: cancelled(), run: echo inner cancelled}}
        """
    steps = "- uses: actions/checkout@v5\n- {id: s, uses: ./act}\n" + LAST
    result = cancelled(tmp_path, steps, "go 42", files={"act/action.yml": act})
    assert conclusions(result)["s"] == "cancelled"
    assert (conclusions(result)["normal"], conclusions(result)["last"]) == ("skipped", "success")
    log = result.jobs["a"].log
    assert "\ninner always\n" in log
    assert "\ninner cancelled\n" in log
    assert "\ninner normal\n" not in log


def test_a_composite_action_does_not_repeat_it(tmp_path: Path) -> None:
    """https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/CompositeActionHandler.cs"""
    act = f"runs:\n  using: composite\n  steps:\n    - {{shell: bash, run: '{WAIT}'}}\n"
    steps = "- uses: actions/checkout@v5\n- {id: s, uses: ./act}\n" + LAST
    result = cancelled(tmp_path, steps, "go 42", files={"act/action.yml": act})
    assert [one.message for one in result.annotations] == ["The operation was canceled."]


def test_in_a_container_action(tmp_path: Path) -> None:
    """The docker client is interrupted; what the action registered for the job's end still runs."""
    result = cancelled(tmp_path, "- {id: s, uses: org/image@v1}\n" + LAST, "run goes on", slow="run")
    assert conclusions(result) == {
        "s": "cancelled",
        "normal": "skipped",
        "last": "success",
        "s-post": "success",
    }
    assert "\nrun got INT\n" in result.jobs["a"].log
    assert "docker post\n" in result.jobs["a"].log


@pytest.mark.parametrize(("post_if", "conclusion"), [("success()", "cancelled"), ("cancelled()", "success")])
def test_in_a_post_step(tmp_path: Path, post_if: str, conclusion: str) -> None:
    """As in any step: interrupted where its condition no longer holds, else not."""
    steps = "- {id: s, uses: org/image@v1}"
    if post_if == "success()":
        result = cancelled(tmp_path, steps, "post goes on", slow="post", post_if=post_if)
        assert "\npost got INT\n" in result.jobs["a"].log
    else:
        result = cancelled(tmp_path, f"{steps}\n- {{id: w, run: '{WAIT}'}}", "go 42", post_if=post_if)
    assert conclusions(result)["s-post"] == conclusion

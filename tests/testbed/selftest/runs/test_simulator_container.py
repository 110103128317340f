"""Container actions: the docker client's arguments and environment, seen by a client that records them.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/Container/DockerCommandManager.cs
"""

import json
import re
from pathlib import Path
from typing import Any

from testbed.run import RunResult
from testbed.selftest.workflows import job, run, step

RECORDER = """#!/usr/bin/env python3
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
with open(here / "calls.jsonl", "a") as calls:
    calls.write(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ)}) + "\\n")
if sys.argv[1] == "run":
    print("::error file=/github/workspace/k8s/a.yaml,line=2::in the container")
    mounted = [word.split(":") for word in sys.argv if word.endswith(":/github/file_commands")]
    output = os.environ["GITHUB_OUTPUT"].replace("/github/file_commands", mounted[0][0])
    with open(output, "a") as out:
        out.write("path=/github/runner_temp/kubeconfig\\n")
    print("::save-state name=left::by main")
failing = here / ("fail-" + sys.argv[1])
sys.exit(3 if failing.exists() else 0)
"""
ACTION = """
    inputs:
      name with space: {default: d}
      empty: {}
      user: {}
    runs:
      using: docker
      image: Dockerfile
      entrypoint: /entry
      args: ['${{ inputs.empty }}', 'say "hi" ${{ inputs.user }}']
      env: {FROM_ACTION: action, TAKEN: action, SEEN: "${{ inputs.user }}"}
    """
RELEASE = {"org/deploy/v1/action.yml": ACTION, "org/deploy/v1/Dockerfile": "FROM scratch\n"}


def record(
    tmp_path: Path, steps: str, *, failing: str = "", env: dict[str, str] | None = None, **keys: Any
) -> tuple[RunResult, list[dict[str, Any]]]:
    shims = tmp_path / "bin"
    shims.mkdir()
    (shims / "docker").write_text(RECORDER)
    (shims / "docker").chmod(0o755)
    (shims / f"fail-{failing}").touch()
    actions = keys.pop("actions", RELEASE)
    result = run(tmp_path, job(steps, env=json.dumps(env or {})), path=str(shims), actions=actions, **keys)
    lines = (shims / "calls.jsonl").read_text().splitlines()
    return result, [json.loads(line) for line in lines]


def test_build_and_run_lines(tmp_path: Path) -> None:
    steps = "- {id: s, uses: org/deploy@v1, with: {user: me}}"
    result, (build, started) = record(tmp_path, steps)
    work = tmp_path / "host/work"
    folder = f"{work}/_actions/org/deploy/v1"
    tag = build["argv"][2]
    assert re.fullmatch(r"[0-9a-f]{6}:[0-9a-f]{32}", tag)
    assert build["argv"] == ["build", "-t", tag, "-f", f"{folder}/Dockerfile", folder]
    argv = started["argv"]
    assert argv[:2] == ["run", "--name"]
    assert re.fullmatch(tag.replace(":", "") + "_[0-9a-f]{6}", argv[2])
    assert argv[3:8] == ["--label", tag[:6], "--workdir", "/github/workspace", "--rm"]
    after_environment = argv[argv.index("GITHUB_ACTIONS=true") - 1 :]
    assert after_environment == [
        *("-e", "GITHUB_ACTIONS=true", "-e", "CI=true", "--entrypoint", "/entry"),
        *("-v", "/var/run/docker.sock:/var/run/docker.sock"),
        *("-v", f"{work}/_temp:/github/runner_temp"),
        *("-v", f"{work}/_temp/_github_home:/github/home"),
        *("-v", f"{work}/_temp/_github_workflow:/github/workflow"),
        *("-v", f"{work}/_temp/_runner_file_commands:/github/file_commands"),
        *("-v", f"{work}/app/app:/github/workspace"),
        *(tag, "", 'say "hi" me'),
    ]
    assert step(result, "s").outputs == {"path": "/github/runner_temp/kubeconfig"}  # not mapped back
    assert step(result, "s").annotations[0].file == "k8s/a.yaml"


def test_environment_of_the_container(tmp_path: Path) -> None:
    temp, workspace = "${{ runner.temp }}", "${{ github.workspace }}"
    steps = f"""
        - run: |
            echo "KUBECONFIG=$RUNNER_TEMP/kube/config" >> $GITHUB_ENV
            echo /added >> $GITHUB_PATH
        - uses: org/deploy@v1
          with: {{user: me, 'name with space': "{workspace}/k8s", list: "a,{workspace}/k8s"}}
          env: {{TAKEN: step, TEMP: "{temp}", LIKE: "{temp}_other"}}
        """
    _, calls = record(tmp_path, steps, env={"HOME": "/mine", "GITHUB_SHA": "mine"})
    argv, env = calls[1]["argv"], calls[1]["env"]
    work = tmp_path / "host/work"
    expected = {
        "KUBECONFIG": "/github/runner_temp/kube/config",
        "INPUT_NAME_WITH_SPACE": "/github/workspace/k8s",
        "INPUT_LIST": f"a,{work}/app/app/k8s",  # only values that start with the path are mapped
        "INPUT_USER": "me",
        "INPUT_EMPTY": "",
        "TAKEN": "step",  # runs.env applies only where the name is free
        "FROM_ACTION": "action",
        "SEEN": "me",
        "TEMP": "/github/runner_temp",
        "LIKE": f"{work}/_temp_other",
        "HOME": "/github/home",
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "RUNNER_TEMP": "/github/runner_temp",
    }
    names = {argv[at + 1] for at, word in enumerate(argv) if word == "-e"}
    assert {name: env[name] for name in expected} == expected
    assert expected.keys() <= names  # by name: no value is in the arguments
    assert "ACTIONS_RUNTIME_TOKEN" in names
    assert "PATH" not in names
    assert not env["PATH"].startswith("/added")
    assert env["GITHUB_SHA"] != "mine"
    assert env["GITHUB_OUTPUT"].startswith("/github/file_commands/set_output_")


def test_images_of_remote_actions_are_made_at_job_start(tmp_path: Path) -> None:
    """ActionManager.cs PrepareActionsAsync: also for a step that is skipped, and in a composite action."""
    actions = {
        **RELEASE,
        "org/pull/v1/action.yml": "runs: {using: docker, image: 'docker://ghcr.io/org/x@sha256:1'}\n",
        "org/outer/v1/action.yml": "runs: {using: composite, steps: [{uses: org/pull@v1}]}\n",
    }
    steps = """
        - run: echo the first step
        - {uses: org/deploy@v1, if: false}
        - {uses: org/outer@v1, if: false}
        - {uses: 'docker://busybox:1', if: false}
        """
    result, calls = record(tmp_path, steps, actions=actions)
    assert [call["argv"][:2] for call in calls] == [
        ["build", "-t"],
        ["pull", "ghcr.io/org/x@sha256:1"],
        ["pull", "busybox:1"],
    ]
    log = result.jobs["a"].log
    assert log.index("docker build") < log.index("the first step")


def test_local_action_is_built_at_its_step(tmp_path: Path) -> None:
    files = {
        "act/action.yml": "runs: {using: docker, image: ../Dockerfile}\n",
        "Dockerfile": "FROM scratch\n",
    }
    steps = "- uses: actions/checkout@v5\n- {id: s, uses: ./act, with: {args: 'a \"b c\"', entryPoint: /e}}"
    result, calls = record(tmp_path, steps, files=files)
    assert calls[0]["argv"][-1] == str(tmp_path / "host/work/app/app")  # context: the Dockerfile's folder
    argv = calls[1]["argv"]
    assert argv[-2:] == ["a", "b c"]
    assert argv[argv.index("--entrypoint") + 1] == "/e"
    assert step(result, "s").conclusion == "success"
    assert not [one for one in result.annotations if one.level == "warning"]  # both are always legal


def test_a_container_that_fails(tmp_path: Path) -> None:
    result, _ = record(tmp_path, "- {id: s, uses: org/deploy@v1}", failing="run")
    assert step(result, "s").conclusion == "failure"


def test_a_build_that_fails_is_tried_three_times_and_fails_the_job(tmp_path: Path) -> None:
    result, calls = record(tmp_path, "- {run: 'true'}\n- {uses: org/deploy@v1}", failing="build")
    assert [call["argv"][0] for call in calls] == ["build"] * 3
    assert [one.message for one in result.annotations if one.level == "error"] == [
        "Docker build failed with exit code 3"
    ]
    assert result.conclusion == "failure"


def test_post_entrypoint(tmp_path: Path) -> None:
    """A second container at the job's end, always by default, with GITHUB_STATE's values as STATE_*."""
    action = "runs: {using: docker, image: 'docker://x', entrypoint: /main, post-entrypoint: /post}\n"
    steps = """
        - {id: s, uses: org/post@v1, with: {user: me}, env: {OWN: own}}
        - {id: after, if: always(), run: 'false'}
        """
    result, calls = record(tmp_path, steps, actions={"org/post/v1/action.yml": action}, failing="run")
    started = [call for call in calls if call["argv"][0] == "run"]
    entrypoints = [call["argv"][call["argv"].index("--entrypoint") + 1] for call in started]
    assert entrypoints == ["/main", "/post"]
    env = started[1]["env"]
    assert (env["STATE_left"], env["INPUT_USER"], env["OWN"]) == ("by main", "me", "own")
    assert [one.id for one in result.jobs["a"].steps] == ["s", "after", "s-post"]

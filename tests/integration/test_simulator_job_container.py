"""Jobs in a `container:` on the testbed's runner, against a real Docker engine.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ContainerOperationProvider.cs
"""

import time
from pathlib import Path

import pytest

from testbed.run import RunResult, run_workflow
from testbed.runner_host.machine import Machine
from testbed.selftest.workflows import job, step, write


def run(
    tmp_path: Path, steps: str, container: str, files: dict[str, str] | None = None, cancel_on: str = ""
) -> RunResult:
    repository = tmp_path / "contained"
    write(repository, {**(files or {}), "wf.yml": job(steps, container=container)})
    return run_workflow(repository / "wf.yml", repository, cancel_on=cancel_on)


def left() -> str:
    """The runner's job containers and networks that are still there."""
    ours = "docker ps --all --format '{{.Names}}' | grep -E '^[0-9a-f]{32}_'"
    networks = "docker network ls --format '{{.Name}}' | grep ^github_network_"
    done = Machine().run(["sh", "-c", f"{ours}; {networks}"], capture_output=True, text=True)
    return str(done.stdout)


STEPS = """
    - uses: actions/checkout@v5
    - id: shell
      run: |
        case $- in *e*) test -z "$BASH_VERSION" ;; *) exit 1 ;; esac
        test "$PWD $GITHUB_WORKSPACE" = "/__w/contained/contained /__w/contained/contained"
        test "$HOME $RUNNER_TEMP $RUNNER_TOOL_CACHE" = "/github/home /__w/_temp /__w/_tool"
        test "$MODE $CI $GITHUB_ACTIONS" = "fast true true"
        test -f "$GITHUB_EVENT_PATH" && test -S /var/run/docker.sock && test -d /__e && ! touch /__e/x
        test "$(id -u)" = 0 && test -f wf.yml && test -f /os/os-release
        echo "out=put" >> "$GITHUB_OUTPUT"
        echo "KUBECONFIG=$RUNNER_TEMP/kube" >> "$GITHUB_ENV"
        mkdir -p "$RUNNER_TEMP/bin"
        echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
        printf '#!/bin/sh\\necho "added $1"\\n' > "$RUNNER_TEMP/bin/tool"
        chmod -R 777 "$RUNNER_TEMP/bin" # or the runner couldn't delete what is root's
        echo made > "$KUBE" && echo "# In a container" >> "$GITHUB_STEP_SUMMARY"
      env: {KUBE: "${{ runner.temp }}/kube"}
    - {id: pipe, shell: bash, continue-on-error: true, run: 'false | true'}
    - run: test "${{ steps.pipe.outcome }} $KUBECONFIG" = "failure /__w/_temp/kube" && tool 1
    - {shell: 'python {0}', run: 'import sys; print("python", sys.version_info >= (3, 13))'}
    - run: test "${{ steps.shell.outputs.out }} ${{ job.container.id != '' }}" = "put true"
    - name: The organisation's authority and names reach it
      run: |
        case "$AWS_CA_BUNDLE" in /__w/_temp/*) test -s "$AWS_CA_BUNDLE" ;; *) exit 1 ;; esac
        python -c 'import socket; print(socket.gethostbyname("sts.ap-northeast-2.amazonaws.com"))'
    - id: sibling
      uses: docker://busybox
      with: {entryPoint: sh, args: /github/workspace/sibling.sh}
      env: {JOB_CONTAINER: "${{ job.container.id }}"}
    - run: test "$FROM_SIBLING" = yes && test -f from-sibling
    - {id: nested, uses: ./act}
    """
FILES = {
    "sibling.sh": """
        set -e
        test "$KUBECONFIG" = /__w/_temp/kube # set inside the job's container, it means nothing here
        test -f /github/runner_temp/kube
        ping -c 1 -W 2 "$(echo "$JOB_CONTAINER" | cut -c1-12)"
        echo "FROM_SIBLING=yes" >> "$GITHUB_ENV"
        touch from-sibling
        """,
    "act/action.yml": """
        runs:
          using: composite
          steps:
            - {shell: sh, run: 'cd "$GITHUB_ACTION_PATH" && test "$PWD" = /__w/contained/contained/act'}
        """,
}


def test_steps_in_a_container(tmp_path: Path) -> None:
    keys = ["image: 'python:3.13-slim'", "env: {MODE: fast}", "options: --cpus 1", "volumes: ['/etc:/os:ro']"]
    result = run(tmp_path, STEPS, f"{{{', '.join(keys)}}}", FILES)
    failed = [one.id for one in result.jobs["a"].steps if one.conclusion == "failure"]
    assert (result.conclusion, failed) == ("success", [])
    assert "added 1" in result.jobs["a"].log
    assert "python True" in result.jobs["a"].log
    assert "198.18.0.10" in result.jobs["a"].log
    assert result.summary == "# In a container\n"
    assert left() == ""


def test_a_cancelled_step_is_left_to_the_end_of_its_container(tmp_path: Path) -> None:
    """`docker exec` passes no signals on: the step hears nothing, and ends when the container is removed."""
    steps = """
        - id: waits
          run: |
            trap 'echo "heard INT"; exit 130' INT
            trap 'echo "heard TERM"; exit 143' TERM
            echo "go $((6 * 7))"
            while :; do sleep 0.1; done
        - {id: after, if: cancelled(), run: 'ps | grep -c "[s]leep 0.1"'}
        """
    result = run(tmp_path, steps, "busybox", cancel_on="go 42")
    assert result.conclusion == "cancelled"
    assert [step(result, name).conclusion for name in ("waits", "after")] == ["cancelled", "success"]
    assert "\nheard " not in result.jobs["a"].log
    assert left() == ""


def test_what_a_killed_runner_left_goes_when_the_next_one_starts(tmp_path: Path) -> None:
    """ "Clean up resources from previous jobs" """
    seen = run(tmp_path, "- run: 'true'", "busybox")
    assert seen.conclusion == "success"
    mark = seen.jobs["a"].log.partition("network create --label ")[2][:6]
    make = f"docker network create --label {mark} github_network_stale && docker run --detach --label {mark}"
    make += f" --name {'0' * 32}_busybox_stale --network github_network_stale busybox sleep 600"
    assert Machine().run(["sh", "-c", make]).returncode == 0
    assert "stale" in left()
    assert run(tmp_path, "- run: 'true'", "busybox").conclusion == "success"
    assert left() == ""


@pytest.mark.parametrize("image", ["busybox:none", "${{ github.nothing }}"])
def test_an_image_that_is_not_there_or_not_wanted(tmp_path: Path, image: str) -> None:
    began = time.monotonic()
    result = run(tmp_path, "- run: test -d /opt/actions-runner", image)
    if image.startswith("$"):
        assert result.conclusion == "success"
    else:
        assert result.conclusion == "failure"
        assert "Docker pull failed with exit code 1" in [one.message for one in result.annotations]
    assert left() == ""
    assert time.monotonic() - began < 60

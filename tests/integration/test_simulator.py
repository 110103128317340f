"""The simulator on the testbed's runner: a real Docker engine, real ID tokens, a real job-started hook."""

import base64
import json
import shutil
from pathlib import Path

import pytest

from testbed import github, paths
from testbed.run import RunResult, run_workflow
from testbed.selftest.workflows import job, write

CONFORMANCE = paths.PACKAGE.parent / "conformance"


def run(tmp_path: Path, workflow: str, files: dict[str, str], cancel_on: str = "") -> RunResult:
    repository = tmp_path / "simulated"
    write(repository, {**files, "wf.yml": workflow})
    return run_workflow(repository / "wf.yml", repository, cancel_on=cancel_on)


def test_conformance_with_containers(tmp_path: Path) -> None:
    repository = tmp_path / "conformance"
    shutil.copytree(CONFORMANCE, repository / "tests" / "conformance")
    result = run_workflow(CONFORMANCE / "workflow.yml", repository)
    assert result.conclusion == "success"
    assert result.jobs["containers"].conclusion == "success"


def test_id_token_and_hook(tmp_path: Path) -> None:
    """A job asks as https://docs.github.com/en/actions/reference/security/oidc shows, with the hook's CA."""
    ask = """
        - run: |
            curl -sSf --cacert "$AWS_CA_BUNDLE" -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
              "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > token.json
            python3 -c 'import json; print("claims", json.load(open("token.json"))["value"].split(".")[1])'
        """
    result = run(tmp_path, job(ask, permissions="{id-token: write}", environment="dev"), {})
    assert result.conclusion == "success"
    encoded = next(line for line in result.jobs["a"].log.splitlines() if line.startswith("claims "))
    claims = json.loads(base64.urlsafe_b64decode(encoded.removeprefix("claims ") + "=="))
    assert claims["sub"] == "repo:org/simulated:environment:dev"
    assert claims["aud"] == "sts.amazonaws.com"
    assert claims["job_workflow_ref"] == "org/simulated/.github/workflows/wf.yml@refs/heads/main"
    assert claims["run_id"] == result.folder.name
    assert claims["runner_environment"] == "self-hosted"


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_cancelled_container(tmp_path: Path, signal: str) -> None:
    """The docker client gets SIGINT, then SIGTERM, and passes them to the container's first process."""
    steps = """
        - uses: actions/checkout@v5
        - id: container
          uses: docker://busybox
          with: {entryPoint: sh, args: /github/workspace/wait.sh}
        - {id: after, if: cancelled(), run: 'true'}
        """
    script = f"""
        trap 'echo "container got INT"; [ {signal} = INT ] && exit 130' INT
        trap 'echo "container got TERM"; exit 143' TERM
        echo "go $((6 * 7))"
        while :; do sleep 0.1; done
        """
    result = run(tmp_path, job(steps), {"wait.sh": script}, cancel_on="go 42")
    assert [one.conclusion for one in result.jobs["a"].steps] == ["success", "cancelled", "success"]
    assert result.conclusion == "cancelled"
    assert "\ncontainer got INT\n" in result.jobs["a"].log
    assert ("\ncontainer got TERM\n" in result.jobs["a"].log) is (signal == "TERM")


def test_workflow_of_another_repository(tmp_path: Path) -> None:
    """The runner's user reads it from what GitHub has; the ID token names it, and the caller besides.

    https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
    """
    ask = """
        - run: |
            curl -sSf --cacert "$AWS_CA_BUNDLE" -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
              "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > token.json
            python3 -c 'import json; print("claims", json.load(open("token.json"))["value"].split(".")[1])'
        """
    called = job(ask).replace("[push, pull_request]", "workflow_call")
    write(tmp_path / "library", {".github/workflows/ask.yml": called})
    bare = paths.state() / "github"
    sha = github.publish(tmp_path / "library", "org/simulated-library", "refs/tags/v1", bare)
    caller = """
        on: push
        permissions: {id-token: write}
        jobs:
          call: {uses: org/simulated-library/.github/workflows/ask.yml@v1}
        """
    result = run(tmp_path, caller, {})
    assert result.conclusion == "success"
    log = result.jobs["call / a"].log
    encoded = next(line for line in log.splitlines() if line.startswith("claims "))
    claims = json.loads(base64.urlsafe_b64decode(encoded.removeprefix("claims ") + "=="))
    assert claims["job_workflow_ref"] == "org/simulated-library/.github/workflows/ask.yml@refs/tags/v1"
    assert claims["job_workflow_sha"] == sha
    assert claims["workflow_ref"] == "org/simulated/.github/workflows/wf.yml@refs/heads/main"
    assert claims["sub"] == "repo:org/simulated:ref:refs/heads/main"

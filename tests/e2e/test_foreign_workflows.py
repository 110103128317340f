"""Three repositories as other teams would have them, with workflows of quite different shape."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import peers
from testbed import paths
from testbed.bed import TESTER
from testbed.cluster.api import Api
from testbed.run import RunResult, run_workflow
from testbed.run_hosts import Program, RunnerMachine
from testbed.runner_host.machine import Machine
from tools.demo import pods
from tools.demo.application import git

FOREIGN = Path(__file__).parent / "foreign"
NAMESPACES = ("store", "web", "inline")


@pytest.fixture(scope="module", autouse=True)
def tools() -> Iterator[Machine]:
    """The runner's machine has aws and kubectl; afterwards the clusters have nothing of ours."""
    machine = Machine("peered")
    with peers.on_the_path(machine):
        yield machine
    for cluster in ("dev", "prod"):
        for namespace in NAMESPACES:
            Api(paths.cluster(cluster), TESTER).delete(f"/api/v1/namespaces/{namespace}")


def succeeded(result: RunResult) -> RunResult:
    assert result.conclusion == "success", "\n".join(job.log for job in result.jobs.values())
    return result


def commit(repository: str) -> str:
    return git(paths.state() / "github" / f"{repository}.git", "rev-parse", "refs/heads/main")


def pushed(machine: Machine, repository: str, tag: str) -> str:
    """The digest that ECR has under this tag, asked for with aws-cli."""
    ask = ["aws", "ecr", "batch-get-image", "--repository-name", repository, "--image-ids", f"imageTag={tag}"]
    query = ["--query", "images[0].imageId.imageDigest", "--output", "text"]
    answer = machine.run([*ask, *query], env=peers.AWS_ENVIRONMENT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return str(answer.stdout).strip()


def running(cluster: str, namespace: str) -> list[tuple[bool, str]]:
    """Readiness and digest of each pod."""
    return [(pod.ready, pod.digest) for pod in pods.running(cluster, namespace)]


@pytest.mark.parametrize("program", ["simulator", "act"])
def test_inline_aws_docker_and_kubectl(tools: Machine, program: str) -> None:
    workflow = FOREIGN / "inline/.github/workflows/ship.yml"
    host = RunnerMachine(program=Program(program))
    result = succeeded(run_workflow(workflow, FOREIGN / "inline", host=host))
    digest = pushed(tools, "team/service", f"inline-{commit('org/inline')}")
    assert running("dev", "inline") == [(True, digest)]
    log = result.jobs["ship"].log
    assert "arn:aws:sts::111111111111:assumed-role/runner/" in log
    assert "Login Succeeded" in log
    assert 'deployment "inline" successfully rolled out' in log

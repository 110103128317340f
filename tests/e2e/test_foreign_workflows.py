"""Three repositories as other teams would have them, with workflows of quite different shape."""

import base64
import shutil
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
REGISTRY = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
SERVICES = {"shop": "app", "orders": "team/service"}  # with their repositories in ECR
REPLICAS = {"dev": 1, "prod": 2}
SESSION_KEY = "correct-horse-battery"


@pytest.fixture(scope="module", autouse=True)
def tools() -> Iterator[Machine]:
    """The runner's machine has aws and kubectl; afterwards the clusters have nothing of ours."""
    machine = Machine("peered")
    with peers.on_the_path(machine):
        yield machine
    for cluster in ("dev", "prod"):
        for namespace in NAMESPACES:
            Api(paths.cluster(cluster), TESTER).delete(f"/api/v1/namespaces/{namespace}")


def checked_out(tmp_path: Path, repository: str, mark: str) -> Path:
    """A copy with a commit of its own, so that no node has seen its images."""
    folder = tmp_path / Path(repository).name
    shutil.copytree(FOREIGN / repository, folder)
    for page in folder.rglob("index.html"):
        page.write_text(f"{page.read_text()}<p>{mark}</p>\n")
    return folder


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


def running(cluster: str, namespace: str, name: str = "") -> list[tuple[bool, str]]:
    """Readiness and digest of each pod, or of those of one name."""
    found = [pod for pod in pods.running(cluster, namespace) if pod.name.startswith(name)]
    return [(pod.ready, pod.digest) for pod in found]


def test_inline_aws_docker_and_kubectl(tools: Machine, tmp_path: Path) -> None:
    repository = checked_out(tmp_path, "inline", "simulator")
    result = succeeded(run_workflow(".github/workflows/ship.yml", repository))
    digest = pushed(tools, "team/service", f"inline-{commit('org/inline')}")
    assert running("dev", "inline") == [(True, digest)]
    log = result.jobs["ship"].log
    assert "arn:aws:sts::111111111111:assumed-role/runner/" in log
    assert "Login Succeeded" in log
    assert 'deployment "inline" successfully rolled out' in log


def test_a_monorepos_matrix(tools: Machine, tmp_path: Path) -> None:
    repository = checked_out(tmp_path, "monorepo", "simulator")
    result = succeeded(run_workflow(".github/workflows/deliver.yml", repository))
    deployed = {f"deploy ({environment}, {service})" for environment in REPLICAS for service in SERVICES}
    assert result.jobs.keys() >= deployed
    assert "All services, success" in result.summary
    sha = commit("org/monorepo")
    for service, image in SERVICES.items():
        digest = pushed(tools, image, f"{service}-{sha}")
        for environment, replicas in REPLICAS.items():
            assert running(environment, "store", service) == [(True, digest)] * replicas


@pytest.mark.parametrize("program", ["simulator", "act"])
def test_a_reusable_workflow_of_another_repository(tools: Machine, tmp_path: Path, program: str) -> None:
    result = succeeded(
        run_workflow(
            ".github/workflows/release.yml",
            checked_out(tmp_path, "reusable/caller", program),
            host=RunnerMachine.named("", Program(program)),
            name="org/app",
            others={"org/platform@v2": FOREIGN / "reusable/called"},
            secrets={"WEB_SESSION_KEY": SESSION_KEY},
        )
    )
    assert set(result.jobs) == {"test", "dev / build", "dev / rollout", "announce"}
    digest = pushed(tools, "app", f"web-{commit('org/app')}")
    assert running("dev", "web") == [(True, digest)] * 2
    assert f"Now in dev - {REGISTRY}/app@{digest}" in result.summary
    secret = Api(paths.cluster("dev"), TESTER).get("/api/v1/namespaces/web/secrets/session")
    assert base64.b64decode(secret["data"]["key"]).decode() == SESSION_KEY
    assert SESSION_KEY not in (result.folder / "runner.log").read_text()

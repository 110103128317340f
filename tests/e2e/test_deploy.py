"""A commit goes to dev and then to prod: one digest, pulled by each node with its own credentials."""

import json
import re

import pytest

from e2e.support import App
from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.run import RunResult
from tools.demo import application, pods

NODES = {"dev": "222222222222", "prod": "333333333333"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return App(application.checkout(tmp_path_factory.mktemp("deploy") / "app"))


@pytest.fixture(scope="module")
def first(app: App) -> RunResult:
    # A commit of its own, so that the nodes have never seen its image.
    app.edit("app.py", 'GREETING = "hello"', 'GREETING = "good morning"')
    return app.push("Say good morning")


def digest(result: RunResult) -> str:
    assert result.conclusion == "success", "\n".join(job.log for job in result.jobs.values())
    return result.jobs["build"].outputs["image"].rpartition("@")[2]


def test_the_digest_is_an_output_of_the_build_job(first: RunResult) -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest(first))


@pytest.mark.parametrize("cluster", NODES)
def test_every_pod_runs_exactly_the_digest_that_was_pushed(first: RunResult, cluster: str) -> None:
    running = pods.running(cluster)
    assert {(pod.ready, pod.digest) for pod in running} == {(True, digest(first))}
    assert len(running) == 2


@pytest.mark.parametrize("account", NODES.values(), ids=NODES)
def test_each_node_pulled_with_its_own_credentials(first: RunResult, account: str) -> None:
    assert first.conclusion == "success"
    calls = [json.dumps(call) for call in ControlClient(paths.state()).get("/calls")]
    node = f"arn:aws:sts::{account}:assumed-role/eks-node/"
    assert [call for call in calls if "BatchGetImage" in call and node in call]


@pytest.mark.parametrize(("job", "steps"), [("build", 2), ("deploy-dev", 2), ("deploy-prod", 2)])
def test_every_step_of_ours_leaves_a_summary(first: RunResult, job: str, steps: int) -> None:
    assert len([step for step in first.jobs[job].steps if step.summary]) == steps


def test_nothing_is_annotated_when_all_is_well(first: RunResult) -> None:
    assert [a.message for job in first.jobs.values() for step in job.steps for a in step.annotations] == []


def test_the_next_change_rolls_out(first: RunResult, app: App) -> None:
    before = digest(first)
    app.edit("app.py", 'GREETING = "good morning"', 'GREETING = "good night"')
    second = app.push("Say good night")
    assert digest(second) != before
    for cluster in NODES:
        assert {pod.digest for pod in pods.running(cluster)} == {digest(second)}


@pytest.mark.usefixtures("first")
def test_the_monorepos_paths_are_the_same_actions(app: App) -> None:
    text = (app.folder / application.WORKFLOW).read_text()
    for action in ("assume-role", "build-push", "eks-deploy"):
        text = text.replace(f"org/{action}@v1", f"org/eks-actions/{action}@v1")
    app.write(application.WORKFLOW, text)
    assert app.push("Use the monorepo").conclusion == "success"

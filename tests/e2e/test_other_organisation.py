"""Another organisation than the built-in: other names, region and account, one cluster, one VPC for all.

It takes the testbed's place on the machine, which comes up again afterwards for the tests after these.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.support import errors
from testbed import organisation, paths
from testbed.cluster.api import Api
from testbed.organisation import Organisation
from testbed.run import run_workflow
from testbed.runner_host.machine import Machine
from tools import releases

EXAMPLE = paths.REPOSITORY / "examples" / "testbed"
WORKFLOW = ".github/workflows/release.yml"


def cli(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [paths.REPOSITORY / "testbed", *arguments], capture_output=True, text=True, check=False
    )


def must(*arguments: str) -> None:
    done = cli(*arguments)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def acme(org: Organisation, tmp_path: Path) -> Iterator[Path]:
    """The folder of its files, a copy to be changed; it is up."""
    folder = tmp_path / "acme"
    shutil.copytree(EXAMPLE, folder)
    must("down")
    must("up", "--organisation", str(folder / "testbed.yaml"))
    releases.publish(paths.state() / "actions", "acme")
    yield folder
    must("down")
    must("up", "--organisation", str(organisation.BUILT_IN))
    releases.publish(paths.state() / "actions", org.github)


def test_it_comes_up_runs_a_workflow_and_takes_changes(acme: Path) -> None:
    result = run_workflow(acme / "shop" / WORKFLOW, acme / "shop")
    assert result.conclusion == "success", result.jobs["release"].log
    pods = Api(paths.cluster("live"), "ea-tester").get("/api/v1/namespaces/shop/pods")["items"]
    (pod,) = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    assert pod["spec"]["containers"][0]["image"].startswith(
        "444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop"
    )
    assert pod["status"]["containerStatuses"][0]["ready"]
    # The runner is in the cluster's own VPC, where pods have addresses like all others.
    asked = Machine().run(
        ["curl", "-sS", f"http://{pod['status']['podIP']}:8080/"], capture_output=True, text=True
    )
    assert asked.stdout == "open\n", asked.stderr
    page = (result.folder / "summary.html").read_text()
    assert "<title>acme/shop #1: success</title>" in page
    assert "The shop is open" in page

    refused = cli("up", "--organisation", str(organisation.BUILT_IN))
    assert refused.returncode == 1
    assert f"differ from what is up, of {acme}/testbed.yaml" in refused.stderr
    assert "./testbed down" in refused.stderr

    trust = acme / "policies" / "release-trust.json"
    trust.write_text(trust.read_text().replace("refs/heads/main", "refs/heads/release"))
    must("up")  # of the organisation that is up, whatever the current folder
    (denied,) = errors(run_workflow(acme / "shop" / WORKFLOW, acme / "shop"))
    assert "repo:acme/shop:ref:refs/heads/main" in denied
    assert f" {acme}/testbed.yaml\n" in cli("status").stdout

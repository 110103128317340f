"""act as a runner program: what it is told, and what is made of what it tells. Without act itself."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed.act import command, every_step, prepare
from testbed.act.labels import KNOWN, labels
from testbed.act.layout import Layout
from testbed.act.names import Names
from testbed.act.repositories import Repositories
from testbed.selftest.workflows import write
from testbed.simulator.config import Config
from testbed.simulator.errors import WorkflowError

WORKFLOW = """
    name: ship
    on: {workflow_dispatch: {inputs: {where: {default: from-input}}}}
    jobs:
      plain: {runs-on: [self-hosted, gpu], steps: [{uses: org/tool/sub@v1}]}
      chosen:
        runs-on: ${{ vars.RUNNER || 'ubuntu-latest' }}
        steps: [{run: exit 1}, {id: x, run: "two ${{ x }}\\nlines"}, {run: exit 1}]
      legs:
        runs-on: ${{ matrix.os }}
        strategy: {matrix: {os: [arm-large], size: [1, 2], include: [{os: arm-large, extra: true}]}}
        steps: []
      called: {uses: org/platform/.github/workflows/deploy.yml@v2}
      near: {uses: ./.github/workflows/near.yml}
    """
CALLED = """
    on: workflow_call
    jobs: {inner: {runs-on: inner-label, steps: [{uses: org/nested@main}]}}
    """


def config(tmp_path: Path, **settings: Any) -> Config:
    settings |= {name: tmp_path / name for name in ("work", "github", "actions", "runs")}
    return Config(**settings, repository="org/app", sha="1" * 40, run_id="7")


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    """Of WORKFLOW, with the release tree of a tool and of another team's workflow."""
    released = {"org/tool/v1/sub/action.yml": "{}", "org/platform/v2/.github/workflows/deploy.yml": CALLED}
    write(tmp_path / "actions", released)
    write(
        tmp_path / "app", {"wf.yml": WORKFLOW, ".github/workflows/near.yml": CALLED.replace("inner", "close")}
    )
    found = Repositories(config(tmp_path), tmp_path / "app", tmp_path / "others")
    found.read(tmp_path / "app/wf.yml")
    return found


def test_what_uses_names_is_found_with_what_that_names(repositories: Repositories, tmp_path: Path) -> None:
    actions = tmp_path / "actions/org"
    assert repositories.found == {
        "org/tool@v1": actions / "tool/v1",
        "org/platform@v2": actions / "platform/v2",
    }
    jobs = [list(workflow["jobs"]) for workflow in repositories.workflows]
    assert jobs[1:] == [["inner"], ["close"]]


def test_every_label_that_a_job_may_ask_for_is_known(repositories: Repositories) -> None:
    found = labels(repositories.workflows, ["from-variable"])
    wanted = {
        "gpu",
        "ubuntu-latest",
        "arm-large",
        "from-input",
        "from-variable",
        "inner-label",
        "close-label",
    }
    assert found >= wanted | KNOWN


@pytest.mark.parametrize(
    ("job", "job_id", "matrix", "name"),
    [
        ("ship/plain   ", "plain", None, "plain"),
        ("ship/legs-2", "legs", {"size": 2, "os": "arm-large", "extra": True}, "legs (arm-large, 2)"),
        ("called/Deploy/inner", "inner", None, "called / inner"),
        ("ship/unknown", "unknown", {"b": True, "a": "x"}, "unknown (x, true)"),
    ],
)
def test_names(repositories: Repositories, job: str, job_id: str, matrix: Any, name: str) -> None:
    assert Names("ship", repositories.workflows)({"job": job, "jobID": job_id, "matrix": matrix}) == name


def test_the_command_line_has_no_secret_and_no_setting_from_elsewhere(tmp_path: Path) -> None:
    given = config(
        tmp_path, secrets={"TOKEN": "s3cret"}, event_name="push", token_service={"ca_file": "/ca.crt"}
    )
    layout = Layout.of(given)
    request = command.Request(program="/act", workflow=Path("/wf.yml"), labels=["gpu"], image="")
    argv = command.argv(given, layout, request)
    assert argv[:2] == ["/act", "push"]
    assert "--platform=gpu=-self-hosted" in argv
    assert f"--container-options=--volume={layout.cache}:{layout.cache} --volume=/ca.crt:/ca.crt:ro" in argv
    assert {one.partition("=")[0] for one in argv} >= {
        "--env-file",
        "--secret-file",
        "--var-file",
        "--input-file",
    }
    assert "s3cret" not in " ".join(argv)


def test_environments_that_disagree_are_refused(tmp_path: Path) -> None:
    apart = {name: {"secrets": {"KEY": f"of-{name}"}} for name in ("dev", "prod")}
    with pytest.raises(
        WorkflowError, match="act knows no environments, and KEY is something else in prod than in dev"
    ):
        prepare.merged(config(tmp_path, environments=apart), "secrets")
    alike = {name: {"secrets": {"KEY": "same"}} for name in ("dev", "prod")}
    assert prepare.merged(config(tmp_path, environments=alike, secrets={"A": "b"}), "secrets") == {
        "A": "b",
        "KEY": "same",
    }


def test_every_step_of_the_copy_goes_on_and_has_a_name() -> None:
    text = yaml.safe_dump(yaml.load(WORKFLOW, yaml.BaseLoader))
    steps = yaml.load(every_step.copy(text), yaml.BaseLoader)["jobs"]["chosen"]["steps"]
    assert [step["name"] for step in steps] == ["exit 1", "two {{ x }}", "exit 1 (2)"]
    assert {step["continue-on-error"] for step in steps} == {"true"}

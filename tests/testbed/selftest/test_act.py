"""act as a runner program: what it is told, and what is made of what it tells. Without act itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed.act import command, every_step, prepare, tokens
from testbed.act.events import Recorder
from testbed.act.labels import KNOWN, labels
from testbed.act.layout import Layout
from testbed.act.names import Names
from testbed.act.repositories import Repositories
from testbed.act.run import refuse_services
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
      listed:
        runs-on: x
        strategy: {matrix: {include: [{service: shop, image: app}, {image: two, extra: e}]}}
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
        ("ship/listed-1", "listed", {"image": "app", "service": "shop"}, "listed (shop, app)"),
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


ASKING = """
    permissions: {contents: read}
    jobs:
      none: {steps: []}
      fixed: {permissions: {id-token: write}, environment: {name: dev}, steps: []}
      leg:
        permissions: write-all
        environment: ${{ matrix.to }}
        strategy: {matrix: {to: [dev, prod]}}
        steps: []
      call: {permissions: {id-token: write}, uses: ./x.yml}
    """


def test_jobs_that_may_ask_for_id_tokens_are_told_apart_by_an_expression() -> None:
    workflows = [yaml.load(text, yaml.BaseLoader) for text in (ASKING, "jobs: {inner: {steps: []}}")]
    assert tokens.asking(workflows) == {"fixed": "'dev'", "leg": "matrix.to", "inner": "''"}
    told = tokens.environment({"dev": ["u", "t0ken"]}, workflows)
    assert told["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] == (
        """${{ fromJSON('{"=dev": ["u", "t0ken"]}')[(github.job == 'fixed' && format('={0}', 'dev')) || """
        "(github.job == 'leg' && format('={0}', matrix.to)) || "
        "(github.job == 'inner' && format('={0}', '')) || 'none'][1] }}"
    )
    assert tokens.environment({}, workflows) == {}


def test_services_without_a_container_are_refused() -> None:
    workflow = yaml.load("jobs: {a: {services: {db: {image: postgres}}, steps: []}}", yaml.BaseLoader)
    with pytest.raises(WorkflowError, match=r"^wf.yml: act starts the services of job 'a' only if"):
        refuse_services([workflow], "wf.yml")


def event(message: str, level: str = "info", **fields: Any) -> str:
    """A line of act's for the job `a`, or for none if `job` is empty."""
    where = {} if fields.pop("job", "a") == "" else {"job": "wf/a  ", "jobID": "a"}
    return json.dumps({"level": level, "msg": message, **where, **fields})


def step(step_id: str, *inner: str, stage: str = "Main") -> dict[str, Any]:
    return {"stepID": [step_id, *inner], "step": f"Step {step_id}\nmore", "stage": stage}


def test_what_act_tells_becomes_a_result() -> None:
    recorder = Recorder(lambda told: str(told["jobID"]))
    lines = [
        event("Using docker host", job=""),
        event("\N{WHITE MEDIUM STAR} Run Main Step one", **step("one")),
        event("said", raw_output=True, **step("one")),
        event("x", "error", command="error", arg="bad", kvPairs={"title": "T", "col": "3"}, **step("one")),
        event("::set-output:: a=b", command="set-output", name="a", arg="b", **step("one")),
        event("Summary", command="summary", content="# S\n", **step("one")),
        event("Failure", stepResult="failure", executionTime=0, **step("one", "inner")),
        event("Failed but continue next step", **step("one")),
        event("Failure", stepResult="failure", executionTime=1_500_000_000, **step("one")),
        event("Skipping step", "debug", stepResult="skipped", **step("two")),
        event("Success", stepResult="success", **step("three")),
        event("invalid format", "error", **step("three")),
        event("Success", stepResult="success", **step("one", stage="Post")),
        event("Job failed", jobResult="failure"),
        "Error: Job 'a' failed",
    ]
    shown = [recorder.feed(line) for line in lines]
    assert shown[:4] == [
        "",
        "a | \N{BLACK DOWN-POINTING TRIANGLE} Run Step one",
        "a | said",
        "a | Error: bad",
    ]
    recorder.finish(cancelled=False)
    job = recorder.jobs["a"]
    assert (job.conclusion, recorder.complaints) == ("failure", ["Job 'a' failed"])
    ended = [(one.id, one.name, one.outcome, one.conclusion) for one in job.steps]
    assert ended == [
        ("one", "Step one", "failure", "success"),
        ("two", "Step two", "skipped", "skipped"),
        ("three", "Step three", "success", "failure"),
    ]
    first = job.steps[0]
    assert (first.outputs, first.summary, first.seconds) == ({"a": "b"}, "# S\n", 1.5)
    assert (first.annotations[0].title, first.annotations[0].properties) == ("T", {"col": "3"})
    assert "\n##[error]bad\n" in job.log


def test_what_was_cut_off_is_cancelled() -> None:
    recorder = Recorder(lambda told: str(told["jobID"]))
    recorder.feed(event("said", raw_output=True, **step("one")))
    recorder.finish(cancelled=True)
    assert [recorder.jobs["a"].conclusion, recorder.jobs["a"].steps[0].outcome] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("text", ["- not\n- a mapping\n", "jobs: {a: text}\n", "jobs: [\n", "on: push\n"])
def test_what_is_no_workflow_is_left_for_act_to_refuse(tmp_path: Path, text: str) -> None:
    (tmp_path / "wf.yml").write_text(text)
    found = Repositories(config(tmp_path), tmp_path, tmp_path / "others")
    found.read(tmp_path / "wf.yml")
    assert found.workflows == []

"""A call of a reusable workflow that GitHub refuses: file, line and what is wrong, before anything runs.

https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
Messages: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/WorkflowTemplateConverter.cs
"""

from pathlib import Path

import pytest

from testbed import github
from testbed.selftest.workflows import write
from testbed.simulator import workflow
from testbed.simulator.calls import MAX_DEPTH, Loader
from testbed.simulator.config import Config
from testbed.simulator.document import parse
from testbed.simulator.errors import WorkflowError
from testbed.simulator.published import Source
from testbed.simulator.workflow import Workflow

JOB = "runs-on: x, steps: [{run: x}]"
CALLED = {
    "plain.yml": f"on: [push, workflow_call]\njobs:\n  a: {{{JOB}}}\n",
    "inputs.yml": f"""
        on:
          workflow_call:
            inputs:
              name: {{type: string, required: true}}
              flag: {{type: boolean}}
              count: {{type: number, default: 3}}
            secrets:
              token: {{required: true}}
              other:
        jobs:
          a: {{{JOB}}}
        """,
    "not-callable.yml": f"on: push\njobs:\n  a: {{{JOB}}}\n",
    "wrong.yml": "on: workflow_call\njobs:\n  a: {runs-on: x, step: []}\n",
    "asks.yml": f"on: workflow_call\npermissions: {{id-token: write}}\njobs:\n  a: {{{JOB}}}\n",
    "job-asks.yml": (
        f"on: workflow_call\njobs:\n  a: {{{JOB}, permissions: {{id-token: write, contents: read}}}}\n"
    ),
    "calls-asks.yml": "on: workflow_call\njobs:\n  b:\n    uses: ./.github/workflows/job-asks.yml\n",
    "self.yml": "on: workflow_call\njobs:\n  a: {uses: ./.github/workflows/self.yml}\n",
    **{
        f"level-{n}.yml": f"on: workflow_call\njobs:\n  a: {{uses: ./.github/workflows/level-{n + 1}.yml}}\n"
        for n in range(1, 10)
    },
    "level-10.yml": f"on: workflow_call\njobs:\n  a: {{{JOB}}}\n",
    **{f"many-{n}.yml": f"on: workflow_call\njobs:\n  a: {{{JOB}}}\n" for n in range(51)},
    "call-many.yml": "on: workflow_call\njobs:\n"
    + "".join(f"  a{n}: {{uses: ./.github/workflows/many-{n}.yml}}\n" for n in range(51)),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("published")
    write(root / "app", {f".github/workflows/{name}": text for name, text in CALLED.items()})
    sha = github.publish(root / "app", "org/app", "refs/heads/main", root / "github")
    return config(root, sha)


def config(root: Path, sha: str) -> Config:
    return Config(
        work=root / "work",
        github=root / "github",
        actions=root / "actions",
        runs=root / "runs",
        repository="org/app",
        sha=sha,
        workflow_path=".github/workflows/ci.yml",
    )


def load(given: Config, text: str) -> Workflow:
    source = Source(given.repository, given.workflow_path, given.ref, given.sha)
    return Loader(given).load(workflow.parse(parse(text, given.workflow_path), source))


HERE = "./.github/workflows"
INPUTS = f"uses: {HERE}/inputs.yml, secrets: inherit"


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("uses: org/app/.github/workflows/plain.yml", "no version specified"),
        (f"uses: {HERE}/plain.yml@main", "cannot specify version when calling local workflows"),
        ("uses: ./tests/plain.yml", "references to workflows must be rooted in '.github/workflows'"),
        (f"uses: {HERE}/sub/plain.yml", "workflows are files *.yml or *.yaml at the top level"),
        ("uses: app@v1", "references to workflows must be 'owner/repository/.github/workflows/file.yml@ref'"),
        ("uses: '${{ github.sha }}'", "uses takes no expressions"),
        (f"uses: {HERE}/none.yml", "workflow was not found: org/app/.github/workflows/none.yml@"),
        ("uses: org/none/.github/workflows/x.yml@v1", "org/none is not published, or has no branch,"),
        ("uses: org/app/.github/workflows/plain.yml@v2", "org/app is not published, or has no branch, tag"),
        (f"uses: {HERE}/inputs.yml", "Input name is required, but not provided while calling"),
        (f"{INPUTS}, with: {{name: a, nmae: b}}", "Invalid input, nmae is not defined in the"),
        (f"{INPUTS}, with: {{name: a, flag: 'true'}}", "Unexpected value 'true'"),
        (f"{INPUTS}, with: {{name: a, count: many}}", "Unexpected value 'many'"),
        (f"{INPUTS}, with: {{name: '${{{{ secrets.x }}}}'}}", "Unrecognized named-value: 'secrets'"),
        (f"uses: {HERE}/inputs.yml, with: {{name: a}}", "Secret token is required, but not provided"),
        (
            f"uses: {HERE}/inputs.yml, with: {{NAME: a}}, secrets: {{TOKEN: b, mine: c}}",
            "Invalid secret, mine is not defined in the referenced workflow",
        ),
        (f"uses: {HERE}/plain.yml, secrets: {{token: a}}", "Invalid secret, token is not defined"),
        (f"uses: {HERE}/plain.yml, secrets: all", "secrets must be a mapping"),
        (
            f"uses: {HERE}/asks.yml",
            "The workflow is requesting 'id-token: write', but is only allowed 'id-token: none'",
        ),
        (f"uses: {HERE}/job-asks.yml", "The nested job 'a' is requesting 'id-token: write', but is only"),
        (f"uses: {HERE}/asks.yml, permissions: {{id-token: read}}", "only allowed 'id-token: read'"),
        (
            f"uses: {HERE}/job-asks.yml, permissions: {{contents: none}}",
            "'id-token: write, contents: read', but is only allowed 'id-token: none, contents: none'.",
        ),
    ],
)
def test_refused(published: Config, job: str, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        load(published, f"on: push\njobs:\n  a: {{{job}}}\n")
    assert message in str(caught.value)
    assert str(caught.value).startswith(".github/workflows/ci.yml:3: ")


@pytest.mark.parametrize(
    ("called", "message"),
    [
        ("wrong.yml", "wrong.yml:3: Unexpected key 'step' in job 'a'"),
        ("not-callable.yml", "not-callable.yml: workflow_call key is not defined in the referenced workflow"),
        ("calls-asks.yml", "calls-asks.yml:4: Error calling workflow './.github/workflows/job-asks.yml'."),
        ("self.yml", "self.yml:3: Workflows call each other in a circle: org/app/.github/workflows/ci.yml@"),
        ("level-1.yml", f"level-{MAX_DEPTH}.yml:3: Nested reusable workflow depth exceeded 9"),
        ("call-many.yml", "call-many.yml:52: A workflow may call 50 different workflows at most"),
    ],
)
def test_refused_in_the_called_workflow(published: Config, called: str, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        load(published, f"on: push\njobs:\n  a:\n    uses: {HERE}/{called}\n")
    assert f".github/workflows/{message}" in str(caught.value)
    if called in ("wrong.yml", "not-callable.yml"):
        assert str(caught.value).endswith(" (called by .github/workflows/ci.yml:4)")


def test_ten_levels_are_allowed(published: Config) -> None:
    """The caller, and nine that are called."""
    found = load(published, f"on: push\njobs:\n  a: {{uses: {HERE}/level-2.yml}}\n")
    depth = 1
    while found.called:
        found, depth = found.called["a"], depth + 1
    assert depth == 10


@pytest.mark.parametrize(
    ("caller", "called", "expected"),
    [
        ("", "plain.yml", None),
        ("permissions: {id-token: write}\n", "plain.yml", {"id-token": "write"}),
        ("permissions: write-all\n", "asks.yml", {"id-token": "write"}),
    ],
)
def test_permissions_go_down(
    published: Config, caller: str, called: str, expected: dict[str, str] | None
) -> None:
    """PermissionsHelper.cs: what the called workflow doesn't say is what its caller has."""
    found = load(published, f"on: push\n{caller}jobs:\n  a: {{uses: {HERE}/{called}}}\n")
    assert found.called["a"].permissions == expected


def test_where_a_reference_leads(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_iduses

    A tag comes before a branch of the same name; a release tree is found where there is no repository.
    """
    text = f"on: workflow_call\nname: %s\njobs:\n  a: {{{JOB}}}\n"
    hashes = {}
    for ref in ("refs/heads/main", "refs/heads/v1", "refs/tags/v1"):
        write(tmp_path / ref, {".github/workflows/x.yml": text % ref})
        hashes[ref] = github.publish(tmp_path / ref, "org/lib", ref, tmp_path / "github")
    write(tmp_path / "actions/org/tree/v2/.github/workflows", {"x.yml": text % "tree"})

    def called(reference: str) -> tuple[str, str]:
        uses = reference.replace("@", "/.github/workflows/x.yml@")
        found = load(config(tmp_path, "0" * 40), f"on: push\njobs:\n  a: {{uses: {uses}}}\n").called["a"]
        return found.name, found.source.name.partition("@")[2]

    assert called("org/lib@v1") == ("refs/tags/v1", "refs/tags/v1")
    assert called("org/lib@refs/heads/v1") == ("refs/heads/v1", "refs/heads/v1")
    assert called("org/lib@main") == ("refs/heads/main", "refs/heads/main")
    assert called(f"org/lib@{hashes['refs/heads/v1']}") == ("refs/heads/v1", hashes["refs/heads/v1"])
    assert called("org/tree@v2") == ("tree", "refs/tags/v2")

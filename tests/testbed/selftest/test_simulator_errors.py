"""A wrong workflow is refused with file, line and what is wrong, before anything runs."""

from pathlib import Path
from typing import Any

import pytest

from testbed.errors import TestbedError
from testbed.selftest.workflows import job, run, step
from testbed.simulator import workflow as model
from testbed.simulator.errors import WorkflowError
from testbed.simulator.published import Source

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
SOURCE = Source("org/app", ".github/workflows/wf.yml", "refs/heads/main", "0" * 40)
HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n"
REFUSED = [
    ("on: push\njobs: {}\n", 2, "A workflow needs at least one job"),
    ("jobs:\n  a: {runs-on: x, steps: [run: x]}\n", 1, "Required property is missing in the workflow: on"),
    ("on: push\nbogus: 1\njobs: {}\n", 2, "Unexpected key 'bogus' in the workflow"),
    ("on: push\non: push\n", 2, "'on' is already defined"),
    ("on: push\njobs:\n  a: [\n", 4, "This is not valid YAML"),
    (HEAD + "    step: []\n", 5, "Unexpected key 'step' in job 'a'"),
    (HEAD, 4, "Required property is missing in job 'a': steps"),
    (HEAD + "    steps: []\n", 5, "steps must not be empty"),
    (HEAD + "    needs: [b]\n    steps:\n      - run: x\n", 5, "Job 'a' depends on unknown job 'b'"),
    (HEAD + "    needs: A\n    steps:\n      - run: x\n", 5, "These jobs need each other: a -> a"),
    (
        HEAD
        + "    steps: [{run: x}]\n    needs: b\n  b: {needs: [c], uses: ./x}\n  c: {needs: b, uses: ./x}\n",
        7,
        "These jobs need each other: b -> c -> b",
    ),
    (HEAD + "    snapshot: x\n    steps: []\n", 5, "'snapshot' in job 'a' is valid on GitHub, but this"),
    (HEAD + "    steps: [{run: x}]\n  __b: {}\n", 6, "The identifier '__b' is invalid"),
    (HEAD + "    steps: [{run: x}]\n    with: {a: b}\n", 6, "Unexpected key 'with' in job 'a'"),
    (
        "on: push\njobs:\n  a:\n    uses: ./x\n    steps: []\n",
        5,
        "Unexpected key 'steps' in job 'a', which calls",
    ),
    (
        "on: push\njobs:\n  a:\n    uses: ./x\n    env: {}\n",
        5,
        "Unexpected key 'env' in job 'a', which calls",
    ),
    (HEAD + "    strategy: {max: 1}\n    steps: [{run: x}]\n", 5, "Unexpected key 'max' in strategy"),
    (
        HEAD + "    strategy:\n      matrix:\n        v: ['${{ matrix.x }}']\n    steps: []\n",
        7,
        "Unrecognized named-value: 'matrix'",
    ),
    (HEAD + "    strategy: {fail-fast: no}\n    steps: []\n", 5, "Unexpected value 'no'"),
    (HEAD + "    if: matrix.x\n    steps: []\n", 5, "Unrecognized named-value: 'matrix'"),
    (HEAD + "    if: failure('b')\n    steps: []\n", 5, "Too many parameters supplied: 'failure'"),
    (HEAD + "    continue-on-error: 'true'\n    steps: []\n", 5, "Unexpected value 'true'"),
    (HEAD + "    timeout-minutes: soon\n    steps: []\n", 5, "Unexpected value 'soon'"),
    (HEAD + "    steps:\n      - run: x\n        timeout-minutes: '1'\n", 7, "Unexpected value '1'"),
    (
        "on: push\ndefaults: {run: {shell: '${{ github.sha }}'}}\njobs: {}\n",
        2,
        "Unrecognized named-value: 'github'",
    ),
    ("on: push\nconcurrency: {cancel-in-progress: true}\njobs: {}\n", 2, "missing in concurrency: group"),
    ("on: push\nconcurrency: {group: a, queue: all}\njobs: {}\n", 2, "it is single or max"),
    (
        "on: push\nconcurrency: {group: a, queue: max, cancel-in-progress: true}\njobs: {}\n",
        2,
        "'queue: max' can't be combined with 'cancel-in-progress: true'",
    ),
    ("on: push\nconcurrency: '${{ needs.a }}'\njobs: {}\n", 2, "Unrecognized named-value: 'needs'"),
    ("on: {workflow_call: {input: {}}}\njobs: {}\n", 1, "Unexpected key 'input' in on.workflow_call"),
    ("on: {workflow_call: {inputs: {a: {}}}}\njobs: {}\n", 1, "missing in input 'a': type"),
    ("on: {workflow_call: {inputs: {a: {type: choice}}}}\njobs: {}\n", 1, "it is boolean, number, string"),
    (
        "on: {workflow_call: {inputs: {a: {type: boolean, default: 1}}}}\njobs: {}\n",
        1,
        "Unexpected value '1'",
    ),
    ("on: {workflow_call: {outputs: {a: {value: '${{ needs.x }}'}}}}\njobs: {}\n", 1, "named-value: 'needs'"),
    (HEAD + "    permissions: {id-token: yes}\n    steps: []\n", 5, "it is read, write or none"),
    (HEAD + "    permissions: {tokens: write}\n    steps: []\n", 5, "Unexpected key 'tokens'"),
    (HEAD + "    if: steps.x\n    steps: []\n", 5, "Unrecognized named-value: 'steps'"),
    (HEAD + "    env: {A: '${{ env.B }}'}\n    steps: []\n", 5, "Unrecognized named-value: 'env'"),
    (HEAD + "    steps:\n      - name: x\n", 6, "neither run nor uses"),
    (HEAD + "    steps:\n      - run: x\n        uses: y\n", 6, "both run and uses"),
    (HEAD + "    steps:\n      - run: x\n        with: {}\n", 7, "Unexpected key 'with' in a step with run"),
    (HEAD + "    steps:\n      - run: |\n          ${{ x }}\n", 6, "Unrecognized named-value: 'x'"),
    (HEAD + "    steps:\n      - uses: a/b@${{ github.sha }}\n", 6, "uses takes no expressions"),
    (HEAD + "    steps:\n      - run: x\n        if: secrets.A\n", 7, "Unrecognized named-value: 'secrets'"),
    (HEAD + "    steps:\n      - {run: x, id: 1a}\n", 6, "The identifier '1a' is invalid"),
    (HEAD + "    steps:\n      - {run: x, id: a}\n      - {run: x, id: A}\n", 7, "more than once"),
    ("on: {push: {branch: x}}\njobs:\n  a: {}\n", 1, "Unexpected key 'branch' in on.push"),
]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_refused(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "wf.yml").write_text(text)
    with pytest.raises(WorkflowError) as caught:
        model.read(tmp_path / "wf.yml", SOURCE)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f".github/workflows/wf.yml:{line}: ")


# What the runner finds out when the job starts, and says in its log:
# https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionManager.cs
@pytest.mark.parametrize(
    ("uses", "message"),
    [
        ("org/none@v1", "Unable to resolve action `org/none@v1`, unable to find version `v1`"),
        ("org/act@v9", "(known refs: v1: it would be in actions/org/act/v9"),
        ("org/act/sub@v1", "Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under"),
        ("./none", "Did you forget to run actions/checkout before running your local action?"),
        ("act", "Expected format {org}/{repo}[/path]@ref, ./path or docker://image. Actual 'act'"),
        ("$/act", "Expected format"),
        ("org/node@v1", "The simulator runs composite and docker actions"),
        ("org/key@v1", "org/key/action.yml:1: Unexpected key 'pre'"),
        ("org/shell@v1", "Required property is missing in a composite action's step with run: shell"),
        ("org/secret@v1", "Unrecognized named-value: 'secrets'"),
    ],
)
def test_missing_or_wrong_action(tmp_path: Path, uses: str, message: str) -> None:
    actions = {
        "org/act/v1/action.yml": "runs: {using: composite, steps: []}\n",
        "org/node/v1/action.yml": "runs: {using: node24, main: x.js}\n",
        "org/key/v1/action.yml": "runs: {using: composite, steps: [], pre: x}\n",
        "org/shell/v1/action.yml": "runs: {using: composite, steps: [{run: x}]}\n",
        "org/secret/v1/action.yml": (
            "runs: {using: composite, steps: [{shell: sh, run: '${{ secrets.A }}'}]}\n"
        ),
    }
    result = run(tmp_path, job(f"- run: 'true'\n- uses: {uses}"), actions=actions)
    assert result.conclusion == "failure"
    assert any(message in one.message for one in result.annotations)


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ({"event": "workflow_dispatch"}, "does not run on workflow_dispatch, only on push, pull_request"),
        ({"job": "z"}, "There is no job 'z'; jobs are a"),
        ({"settings": {"colour": "red"}}, "unknown settings colour"),
    ],
)
def test_run_that_cannot_start(tmp_path: Path, trigger: dict[str, Any], message: str) -> None:
    with pytest.raises(TestbedError, match=message):
        run(tmp_path, job("- run: x"), **trigger)


def test_an_expression_that_fails_when_it_is_reached_fails_its_step(tmp_path: Path) -> None:
    result = run(tmp_path, job("- {id: x, run: \"${{ fromJSON('{') }}\"}\n- {id: y, run: 'true'}"))
    assert [step(result, "x").conclusion, step(result, "y").conclusion] == ["failure", "skipped"]
    assert "Error parsing fromJSON" in step(result, "x").annotations[0].message


def test_unpublished_repository_and_workflow(tmp_path: Path) -> None:
    with pytest.raises(TestbedError, match="the workflow did not run"):
        run(tmp_path, "on: push\njobs: {}\n")

"""More wrong workflows and actions: file, line, and what is wrong.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
"""

from pathlib import Path

import pytest

from testbed.selftest.workflows import job, parsed, run
from testbed.simulator import action
from testbed.simulator.errors import WorkflowError

HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n"
STEP = HEAD + "    steps:\n      - run: x\n"
REFUSED = [
    ("", 0, "The file is empty"),
    ("- on: push\n", 1, "the workflow must be a mapping"),
    ("on: push\nenvironment: x\njobs: {}\n", 2, "Unexpected key 'environment' in the workflow; it knows"),
    ("on: push\njobs:\n  1a: {}\n", 3, "The identifier '1a' is invalid"),
    ("on: push\njobs:\n  'a b': {}\n", 3, "The identifier 'a b' is invalid"),
    ("on: push\njobs:\n  a: {}\n  A: {}\n", 4, "'A' is already defined"),
    ("on: push\njobs:\n  a: {}\n", 3, "Required property is missing in job 'a': runs-on"),
    (
        HEAD + "    services: {db: {image: x}}\n",
        5,
        "'services' in job 'a' is valid on GitHub, but this simul",
    ),
    (HEAD + "    steps: {run: x}\n", 5, "steps must be a sequence"),
    (HEAD + "    permissions: write\n    steps: []\n", 5, "permissions must be a mapping"),
    (HEAD + "    environment: {url: x}\n    steps: []\n", 5, "missing in environment: name"),
    (HEAD + "    defaults: {run: {sh: x}}\n    steps: []\n", 5, "Unexpected key 'sh' in defaults.run"),
    (HEAD + "    env: [A]\n    steps: []\n", 5, "env must be a mapping"),
    (
        HEAD + "    env: {A: [b]}\n    steps: []\n",
        5,
        "A sequence or mapping was not expected for jobs.<id>.env",
    ),
    (HEAD + "    outputs: {o: '${{ step.x }}'}\n    steps: []\n", 5, "Unrecognized named-value: 'step'"),
    (HEAD + "    if: secrets.A != ''\n    steps: []\n", 5, "Unrecognized named-value: 'secrets'"),
    (HEAD + "    if: failure\n    steps: []\n", 5, "Unrecognized named-value: 'failure'"),
    (HEAD + "    if: github.ref = 'x'\n    steps: []\n", 5, "Unexpected symbol: '= 'x''"),
    (HEAD + '    if: github.ref == "x"\n    steps: []\n', 5, "Unexpected symbol: '\"x\"'"),
    (HEAD + "    environment: ${{ secrets.E }}\n    steps: []\n", 5, "Unrecognized named-value: 'secrets'"),
    (HEAD + "    runs-on: y\n    steps: []\n", 5, "'runs-on' is already defined"),
    (STEP + "        if: ${{ always( }}\n", 7, "Unexpected end of expression"),
    (STEP + "        if: ${{ alway() }}\n", 7, "Unrecognized function: 'alway'"),
    (STEP + "        env: {A: '${{ github.sha'}\n", 7, "The expression is not closed"),
    (STEP + "        env: {A: '${{ }}'}\n", 7, "An expression was expected"),
    (
        STEP + "        env: {A: '${{ contains(github.ref) }}'}\n",
        7,
        "Too few parameters supplied: 'contains'",
    ),
    (
        STEP + "        env: {A: \"${{ hashFiles('a') && success() }}\"}\n",
        7,
        "Unrecognized function: 'success'",
    ),
    (STEP + "        background: true\n", 7, "'background' in a step is valid on GitHub, but this simulator"),
    (HEAD + "    steps:\n      - parallel: [{run: x}]\n", 6, "'parallel' in a step is valid on GitHub, but"),
    (HEAD + "    steps:\n      - wait-all:\n", 6, "'wait-all' in a step is valid on GitHub, but this"),
    (HEAD + "    steps:\n      - {run: x, id: __a}\n", 6, "The identifier '__a' is invalid"),
    (
        HEAD + "    steps:\n      - {uses: a/b@v1, shell: sh}\n",
        6,
        "Unexpected key 'shell' in a step with uses",
    ),
    (HEAD + "    steps:\n      - run: ''\n        shel: sh\n", 7, "Unexpected key 'shel' in a step with run"),
]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        parsed(text)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"wf.yml:{line}: " if line else "wf.yml: ")
    assert "\n" not in str(caught.value)


COMPOSITE = "runs:\n  using: composite\n  steps:\n    - shell: sh\n      run: x\n"
# https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
# https://github.com/actions/runner/blob/main/src/Runner.Worker/action_yaml.json
ACTIONS = [
    ("name: x\n", 1, "Required property is missing in the action file: runs"),
    ("runs: {main: x}\n", 1, "Required property is missing in runs: using"),
    ("runs: {using: composite}\n", 1, "missing in runs of a composite action: steps"),
    (
        "runs:\n  using: composite\n  post: x\n  steps: []\n",
        3,
        "Unexpected key 'post' in runs of a composite",
    ),
    ("runs: {using: docker}\n", 1, "missing in runs of a docker action: image"),
    ("runs: {using: docker, image: x, main: y}\n", 1, "Unexpected key 'main' in runs of a docker action"),
    ("runs: {using: docker, image: x, pre-entrypoint: y}\n", 1, "'pre-entrypoint' is valid on GitHub, but"),
    (COMPOSITE + "      timeout-minutes: 1\n", 6, "Unexpected key 'timeout-minutes' in a composite action's"),
    (COMPOSITE + "      env: {A: '${{ secrets.A }}'}\n", 6, "Unrecognized named-value: 'secrets'"),
    (COMPOSITE + "      env: {A: '${{ vars.A }}'}\n", 6, "Unrecognized named-value: 'vars'"),
    (COMPOSITE + "      env: {A: '${{ needs.a }}'}\n", 6, "Unrecognized named-value: 'needs'"),
    ("outputs: {a: {val: x}}\n" + COMPOSITE, 1, "Unexpected key 'val' in an output"),
    ("inputs: {a: {default: '${{ env.A }}'}}\n" + COMPOSITE, 1, "Unrecognized named-value: 'env'"),
    ("runs: {using: docker, image: x, args: ['${{ env.A }}']}\n", 1, "Unrecognized named-value: 'env'"),
]


@pytest.mark.parametrize(("text", "line", "message"), ACTIONS)
def test_wrong_action(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "action.yml").write_text(text)
    with pytest.raises(WorkflowError) as caught:
        action.read(tmp_path, "org/act@v1")
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"org/act/action.yml:{line}: ")


def test_a_secret_that_nobody_gave_is_told_with_its_place(tmp_path: Path) -> None:
    """It is empty, as on GitHub; secrets of environments and in any letter case count as given."""
    steps = """
        - run: test -z "${{ secrets.TOKEN }}${{ secrets['TOKEN'] || secrets.OTHER }}"
        - run: test -n "${{ secrets.given }}${{ secrets.github_token }}${{ secrets.OF_DEV }}"
          if: github.ref != 'x'
        """
    result = run(
        tmp_path,
        job(steps, env="{A: '${{ secrets.IN_ENV }}'}"),
        secrets={"GIVEN": "x"},
        environments={"dev": {"secrets": {"OF_DEV": "y"}}},
    )
    told = [line for line in (result.folder / "runner.log").read_text().splitlines() if "is not set" in line]
    assert [line.partition(" is not set")[0] for line in told] == [
        "Warning: .github/workflows/wf.yml:5: secrets.IN_ENV",
        "Warning: .github/workflows/wf.yml:7: secrets.TOKEN",
        "Warning: .github/workflows/wf.yml:7: secrets.OTHER",
    ]
    assert told[0].endswith("so it is empty, as on GitHub; `--secret IN_ENV=…` sets it")
    assert result.conclusion == "success"

"""Composite actions.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/CompositeActionHandler.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs
"""

import json
from pathlib import Path

from testbed.selftest.workflows import job, run, step

SHOW = """
    name: show
    inputs:
      role-to-assume: {required: true}
      region: {default: "from ${{ github.repository }}"}
      old: {deprecationMessage: use region}
    outputs:
      inputs: {value: "${{ steps.x.outputs.inputs }}"}
      path: {value: "${{ steps.x.outputs.path }}"}
    runs:
      using: composite
      steps:
        - id: x
          shell: bash
          env: {ACTION_INPUTS: "${{ toJSON(inputs) }}"}
          run: |
            if env | grep ^INPUT_; then exit 1; fi
            { echo 'inputs<<EOF'; echo "$ACTION_INPUTS"; echo EOF; } >> $GITHUB_OUTPUT
            echo "path=$GITHUB_ACTION_PATH" >> $GITHUB_OUTPUT
    """


def test_inputs_keep_case_and_unknown_names_and_never_become_variables(tmp_path: Path) -> None:
    steps = "- {id: s, uses: org/show@v1, with: {Role-To-Assume: arn, bogus: 1, old: x}}"
    result = run(tmp_path, job(steps), actions={"org/show/v1/action.yml": SHOW})
    outputs = step(result, "s").outputs
    assert json.loads(outputs["inputs"]) == {
        "Role-To-Assume": "arn",
        "bogus": "1",
        "old": "x",
        "region": "from org/app",
    }
    assert outputs["path"] == str(tmp_path / "host/work/_actions/org/show/v1")
    assert [one.message for one in result.annotations] == [
        "Input 'old' has been deprecated with message: use region",
        "Unexpected input(s) 'bogus', valid inputs are ['role-to-assume', 'region', 'old']",
    ]


def test_action_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    """`uses: ORG/REPO/path@REF` fetches the whole repository: siblings are there."""
    actions = {
        "org/mono/v1/one/action.yml": """
            runs:
              using: composite
              steps: [{shell: sh, run: 'cat "$GITHUB_ACTION_PATH/../shared/file"'}]
            """,
        "org/mono/v1/shared/file": "from the sibling\n",
    }
    result = run(tmp_path, job("- uses: org/mono/one@v1"), actions=actions)
    assert "\nfrom the sibling\n" in result.jobs["a"].log


def test_environment_rules(tmp_path: Path) -> None:
    """The caller's env flows in, an inner env wins, GITHUB_ENV flows out and not over the caller's own."""
    files = {
        "act/action.yml": """
            runs:
              using: composite
              steps:
                - {shell: sh, run: 'test "$JOB $CALLER $INNER" = "job caller inner"', env: {INNER: inner}}
                - shell: sh
                  run: |
                    test -z "$INNER"
                    for name in JOB CALLER NEW GITHUB_SHA NODE_OPTIONS; do echo $name=set >> $GITHUB_ENV; done
                    echo /added >> $GITHUB_PATH
                - shell: sh
                  run: test "$JOB $CALLER $NEW" = "set caller set" && test "${PATH%%:*}" = /added
            """
    }
    steps = """
        - uses: actions/checkout@v5
        - {uses: ./act, id: s, env: {CALLER: caller}}
        - run: test "$JOB $CALLER $NEW $NODE_OPTIONS" = "set set set "
        - run: test "$GITHUB_SHA" != set && test "${PATH%%:*}" = /added
        """
    result = run(tmp_path, job(steps, env="{JOB: job}"), files=files)
    assert result.conclusion == "success"
    assert "Can't store NODE_OPTIONS" in step(result, "s").annotations[0].message


def test_status_functions_are_about_the_action_alone(tmp_path: Path) -> None:
    act = """
        outputs: {seen: {value: "${{ steps.seen.outputs.v }}"}}
        runs:
          using: composite
          steps:
            - {id: first, shell: sh, run: 'echo first ran', if: success()}
            - {id: bad, shell: sh, run: exit 7}
            - {shell: sh, run: 'echo never > never'}
            - {id: seen, shell: sh, if: failure(), run: 'echo "v=${{ steps.bad.outcome }}" >> $GITHUB_OUTPUT'}
        """
    steps = """
        - uses: actions/checkout@v5
        - {run: exit 1, id: before}
        - {uses: ./act, id: s, if: always()}
        - {if: always(), run: test ! -e never}
        """
    result = run(tmp_path, job(steps), files={"act/action.yml": act})
    assert step(result, "s").outputs == {"seen": "failure"}
    assert step(result, "s").conclusion == "failure"
    assert "\nfirst ran\n" in result.jobs["a"].log
    assert result.jobs["a"].steps[-1].conclusion == "success"


def test_action_ref_is_known_to_env_only(tmp_path: Path) -> None:
    """ActionRunner.cs: github.action_ref and action_repository are gone when an inner run step runs."""
    actions = {
        "org/act/v1/action.yml": """
            runs:
              using: composite
              steps:
                - shell: sh
                  env: {REF: "${{ github.action_repository }}@${{ github.action_ref }}"}
                  run: test "$REF" = org/act@v1 && test -z "$GITHUB_ACTION_REF${{ github.action_ref }}"
            """
    }
    assert run(tmp_path, job("- uses: org/act@v1"), actions=actions).conclusion == "success"


def test_nesting_ends_at_nine(tmp_path: Path) -> None:
    """CompositeActionsMaxDepth = 9: https://github.com/actions/runner/blob/main/src/Runner.Common/Constants.cs"""

    def chain(length: int) -> dict[str, str]:
        nested = [f"{{uses: ./{n + 1}}}" for n in range(1, length)]
        steps = [*nested, "{shell: sh, run: 'echo the bottom'}"]
        runs = "runs: {using: composite, steps: [%s]}\n"
        return {f"{n}/action.yml": runs % inner for n, inner in enumerate(steps, start=1)}

    steps = job("- uses: actions/checkout@v5\n- uses: ./1")
    (tmp_path / "nine").mkdir()
    (tmp_path / "ten").mkdir()
    nine = run(tmp_path / "nine", steps, files=chain(9))
    ten = run(tmp_path / "ten", steps, files=chain(10))
    assert (nine.conclusion, ten.conclusion) == ("success", "failure")
    assert "\nthe bottom\n" in nine.jobs["a"].log
    assert "Composite action depth exceeded max depth 9" in ten.jobs["a"].log


def test_local_reference_in_an_action_is_the_callers_workspace(tmp_path: Path) -> None:
    actions = {"org/outer/v1/action.yml": "runs: {using: composite, steps: [{uses: ./mine}]}\n"}
    files = {"mine/action.yml": "runs: {using: composite, steps: [{shell: sh, run: echo the callers}]}\n"}
    steps = "- uses: actions/checkout@v5\n- uses: org/outer@v1"
    assert "\nthe callers\n" in run(tmp_path, job(steps), files=files, actions=actions).jobs["a"].log


def test_mask_in_a_nested_step_holds_everywhere(tmp_path: Path) -> None:
    files = {
        "act/action.yml": """
            outputs: {v: {value: "${{ steps.x.outputs.v }}"}}
            runs:
              using: composite
              steps:
                - id: x
                  shell: bash
                  run: |
                    echo "::add-mask::$(printf 'line-%s' one)%0A$(printf 'line-%s' two)"
                    echo "v=line-two" >> $GITHUB_OUTPUT
            """
    }
    steps = """
        - uses: actions/checkout@v5
        - {uses: ./act, id: s}
        - run: printf 'now %s\\n' line-one line-two
        """
    result = run(tmp_path, job(steps, outputs="{v: '${{ steps.s.outputs.v }}'}"), files=files)
    assert "\nnow ***\nnow ***\n" in result.jobs["a"].log
    assert result.jobs["a"].outputs == {}

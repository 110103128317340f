"""Reusable workflows: what reaches the called one, and what comes back.

https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows
https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
"""

from pathlib import Path

from testbed import github
from testbed.run import RunResult
from testbed.selftest.workflows import run, write

FOLDER = ".github/workflows"
ECHO = """
on:
  workflow_call:
    inputs:
      text: {type: string, default: "of ${{ github.event_name }}"}
      flag: {type: boolean}
      count: {type: number}
      given: {type: string}
    secrets:
      token: {required: true}
      other:
    outputs:
      text: {value: "${{ jobs.echo.outputs.text }}"}
      result: {value: "${{ jobs.echo.result }}"}
      nothing: {value: "${{ jobs.echo.outputs.nothing }}"}
env: {OWN: own}
jobs:
  echo:
    runs-on: x
    outputs: {text: "${{ steps.s.outputs.text }}"}
    steps:
      - run: test '${{ inputs.text }} ${{ inputs.flag == false }} ${{ inputs.count }}' = 'of push true 0'
      - run: test "$TOP$OWN ${{ inputs.given }}" = "own 7"
      - run: test '${{ secrets.token }} [${{ secrets.other }}] [${{ secrets.TOP }}]' = 'from-top [] []'
      - run: test "$GITHUB_WORKFLOW $GITHUB_JOB ${{ github.workflow_ref }}" = "Top echo $REF"
        env: {REF: org/app/.github/workflows/wf.yml@refs/heads/main}
      - run: test "${{ job.workflow_ref }}" = org/app/.github/workflows/echo.yml@refs/heads/main
      - run: test "$FILE" = org/app/.github/workflows/echo.yml
        env: {FILE: "${{ job.workflow_repository }}/${{ job.workflow_file_path }}"}
      - run: test "${{ job.workflow_sha }}" = "$GITHUB_SHA"
      - {id: s, run: 'echo text=hello >> $GITHUB_OUTPUT'}
"""


def jobs(result: RunResult) -> dict[str, str]:
    return {job.id: job.conclusion for job in result.jobs.values()}


def test_what_crosses_and_what_does_not(tmp_path: Path) -> None:
    """Inputs, secrets that are passed, outputs and the github context do; env and other secrets don't."""
    result = run(
        tmp_path,
        """
        name: Top
        on: push
        env: {TOP: top}
        jobs:
          first: {runs-on: x, outputs: {n: "7"}, steps: [{run: 'true'}]}
          call:
            name: Call
            needs: first
            uses: ./.github/workflows/echo.yml
            with: {GIVEN: "${{ needs.first.outputs.n }}"}
            secrets: {Token: "${{ secrets.TOP }}", other: "${{ secrets.NONE }}"}
          skipped: {if: "false", uses: ./.github/workflows/echo.yml, secrets: inherit}
          after:
            needs: [call, skipped]
            if: always()
            runs-on: x
            steps:
              - run: test '${{ needs.call.outputs.text }} ${{ needs.call.outputs.result }}' = 'hello success'
              - run: test '${{ needs.call.result }} ${{ needs.skipped.result }}' = 'success skipped'
              - run: test '${{ toJSON(needs.skipped.outputs) }}' = '{}'
        """,
        files={f"{FOLDER}/echo.yml": ECHO},
        secrets={"TOP": "from-top"},
    )
    failed = [one.name for job in result.jobs.values() for one in job.steps if one.conclusion == "failure"]
    assert failed == []
    assert jobs(result) == {
        "first": "success",
        "call / echo": "success",
        "skipped": "skipped",
        "after": "success",
    }
    assert result.jobs["call / echo"].name == "Call / echo"
    assert "from-top" not in result.jobs["call / echo"].log


NESTED = {
    # Secrets go to the directly called workflow alone, unless they are passed on.
    f"{FOLDER}/outer.yml": """
        on: workflow_call
        jobs:
          own: {runs-on: x, steps: [{run: 'test "${{ secrets.S }}" = top-secret'}]}
          passed: {uses: ./.github/workflows/inner.yml, secrets: inherit}
          dropped: {uses: ./.github/workflows/inner.yml}
        """,
    f"{FOLDER}/inner.yml": """
        on: workflow_call
        jobs:
          deep:
            name: Deep
            runs-on: x
            env: {S: "${{ secrets.S != '' }}", T: "${{ secrets.GITHUB_TOKEN != '' }}"}
            steps: [{run: 'echo "secret: $S, token: $T"'}]
          not: {needs: deep, if: failure(), runs-on: x, steps: [{run: 'true'}]}
        """,
}


def test_nested_with_secrets(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        "on: push\njobs:\n  top: {uses: $/.github/workflows/outer.yml, secrets: inherit}\n",
        files=NESTED,
        secrets={"S": "top-secret"},
    )
    assert jobs(result) == {
        "top / own": "success",
        "top / passed / deep": "success",
        "top / passed / not": "skipped",
        "top / dropped / deep": "success",
        "top / dropped / not": "skipped",
    }
    assert result.jobs["top / passed / deep"].name == "top / passed / Deep"
    assert "\nsecret: true, token: true\n" in (result.folder / "top.passed.deep.log").read_text()
    assert "\nsecret: false, token: true\n" in (result.folder / "top.dropped.deep.log").read_text()


def test_from_another_repository(tmp_path: Path) -> None:
    """Its own `./` workflows are of the same commit; `uses: ./` of a step is the caller's workspace."""
    write(
        tmp_path / "lib",
        {
            f"{FOLDER}/deploy.yml": """
                on: workflow_call
                jobs:
                  here:
                    runs-on: x
                    environment: prod
                    steps:
                      - uses: actions/checkout@v5
                      - uses: ./act
                      - run: test "$GITHUB_REPOSITORY ${{ github.workflow_sha }}" = "org/app $GITHUB_SHA"
                      - run: test "${{ job.workflow_repository }}" = org/lib
                      - run: test "${{ job.workflow_sha }}" != "$GITHUB_SHA"
                      - run: test "${{ secrets.KEY }}" = of-environment
                  there: {uses: ./.github/workflows/more.yml}
                """,
            f"{FOLDER}/more.yml": """
                on: workflow_call
                jobs: {more: {runs-on: x, steps: [{run: 'echo "${{ job.workflow_ref }}"'}]}}
                """,
        },
    )
    github.publish(tmp_path / "lib", "org/lib", "refs/tags/v1", tmp_path / "host/github")
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          lib: {uses: org/lib/.github/workflows/deploy.yml@v1, secrets: inherit}
        """,
        files={"act/action.yml": "runs: {using: composite, steps: [{shell: sh, run: echo of the caller}]}\n"},
        secrets={"KEY": "of-repository"},
        environments={"prod": {"secrets": {"KEY": "of-environment"}}},
    )
    assert jobs(result) == {"lib / here": "success", "lib / there / more": "success"}
    assert "\nof the caller\n" in result.jobs["lib / here"].log
    assert "\norg/lib/.github/workflows/more.yml@refs/tags/v1\n" in result.jobs["lib / there / more"].log


MATRIX = """
on:
  workflow_call:
    inputs: {n: {type: number}, fails: {type: boolean}}
    outputs: {n: {value: "${{ jobs.a.outputs.n }}"}}
jobs:
  a:
    runs-on: x
    outputs: {n: "${{ inputs.n }}"}
    steps: [{run: "test ${{ inputs.fails }} = false"}]
  b: {needs: a, runs-on: x, steps: [{run: 'true'}]}
"""


def test_matrix_of_calls(tmp_path: Path) -> None:
    """Each leg is a call; outputs are those of the last that succeeded; fail-fast ends those that wait."""
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          call:
            strategy: {matrix: {n: [1, 2, 3]}}
            uses: ./.github/workflows/called.yml
            with: {n: "${{ matrix.n }}", fails: "${{ matrix.n == 2 }}"}
          after:
            needs: call
            if: failure()
            runs-on: x
            steps: [{run: 'test "${{ needs.call.result }} ${{ needs.call.outputs.n }}" = "failure 1"'}]
        """,
        files={f"{FOLDER}/called.yml": MATRIX},
    )
    assert jobs(result) == {
        "call (1) / a": "success",
        "call (1) / b": "success",
        "call (2) / a": "failure",
        "call (2) / b": "skipped",
        "call (3)": "cancelled",
        "after": "success",
    }


def test_an_input_of_the_wrong_type_fails_the_call(tmp_path: Path) -> None:
    """WorkflowTemplateConverter.cs ConvertToInputValueDefinedType: outputs are strings; there is fromJSON."""
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          plan: {runs-on: x, outputs: {yes: "true", n: "5"}, steps: [{run: 'true'}]}
          wrong:
            needs: plan
            uses: ./.github/workflows/called.yml
            with: {fails: "${{ needs.plan.outputs.yes }}"}
          right:
            needs: plan
            uses: ./.github/workflows/called.yml
            with: {n: "${{ fromJSON(needs.plan.outputs.n) }}"}
        """,
        files={f"{FOLDER}/called.yml": MATRIX},
    )
    assert jobs(result) == {
        "plan": "success",
        "wrong": "failure",
        "right / a": "success",
        "right / b": "success",
    }
    [reason] = result.annotations
    assert reason.message == ".github/workflows/wf.yml:7: Unexpected value 'true'"

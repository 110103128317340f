"""`strategy`: which jobs a matrix makes, how they are called, and what they have to do with each other.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
Files are of https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/
"""

from pathlib import Path
from typing import Any

import pytest

from testbed.selftest.workflows import run
from testbed.simulator import strategy
from testbed.simulator.document import parse
from testbed.simulator.errors import WorkflowError
from testbed.simulator.expressions.evaluate import Scope

Expanded = list[tuple[str, dict[str, Any] | None]]

# The documentation's own example of `include`, then Conversion/MatrixBuilder.cs.
EXPANDED: list[tuple[str, Expanded]] = [
    (
        """
        fruit: [apple, pear]
        animal: [cat, dog]
        include:
          - color: green
          - {color: pink, animal: cat}
          - {fruit: apple, shape: circle}
          - fruit: banana
          - {fruit: banana, animal: cat}
        """,
        [
            ("apple, cat", {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"}),
            ("apple, dog", {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"}),
            ("pear, cat", {"fruit": "pear", "animal": "cat", "color": "pink"}),
            ("pear, dog", {"fruit": "pear", "animal": "dog", "color": "green"}),
            ("banana", {"fruit": "banana"}),
            ("banana, cat", {"fruit": "banana", "animal": "cat"}),
        ],
    ),
    ("include: [{site: a, n: 1}, {site: b}]", [("a, 1", {"site": "a", "n": 1.0}), ("b", {"site": "b"})]),
    (
        "{os: [linux, windows], v: [1, 2], exclude: [{os: WINDOWS, v: '1'}]}",
        [
            ("linux, 1", {"os": "linux", "v": 1.0}),
            ("linux, 2", {"os": "linux", "v": 2.0}),
            ("windows, 2", {"os": "windows", "v": 2.0}),
        ],
    ),
    (
        "{os: [linux, windows], v: [1, 2], exclude: [{os: windows}, {v: 2}]}",
        [("linux, 1", {"os": "linux", "v": 1.0})],
    ),
    # An excluded combination isn't there to be added to: `include` makes it anew.
    ("{v: [1, 2], exclude: [{v: 2}], include: [{v: 2}]}", [("1", {"v": 1.0}), ("2", {"v": 2.0})]),
    # Mappings and lists are compared leaf by leaf; a name has all leaves.
    (
        """
        v: [{node: 12, npm: [6, 7]}, {node: 14}]
        exclude: [{v: {node: 14}}]
        include: [{v: {npm: [6]}, x: y}]
        """,
        [("12, 6, 7", {"v": {"node": 12.0, "npm": [6.0, 7.0]}, "x": "y"})],
    ),
    ("v: [3.10, true]", [("3.1", {"v": 3.1}), ("true", {"v": True})]),
    ("v: [null, '']", [("job", {"v": None}), ("job_2", {"v": ""})]),
    ("v: [a, a]", [("a", {"v": "a"}), ("a_2", {"v": "a"})]),
    # WorkflowTemplateEvaluator.cs EvaluateStrategy: with nothing left, one job without a matrix.
    ("{v: [1], exclude: [{v: 1}]}", [("", None)]),
    ("${{ fromJSON(needs.plan.outputs.matrix) }}", [("1, x", {"v": 1.0, "w": "x"})]),
    ("v: ${{ fromJSON('[1, 2]') }}", [("1", {"v": 1.0}), ("2", {"v": 2.0})]),
    (
        "{v: ['${{ inputs.a }}-b'], include: '${{ fromJSON(inputs.more) }}'}",
        [("a-b", {"v": "a-b", "z": 1.0})],
    ),
]


def expanded(matrix: str) -> list[strategy.Leg]:
    needs = {"plan": {"outputs": {"matrix": '{"v": [1], "w": ["x"]}'}}}
    contexts = {"needs": needs, "inputs": {"a": "a", "more": '[{"z": 1}]'}}
    return strategy.legs(strategy.read(value(matrix)), Scope(contexts))


def value(matrix: str) -> Any:
    indented = matrix.replace("\n", "\n    ")
    return parse(f"matrix:\n    {indented}\n", "wf.yml")


@pytest.mark.parametrize(("matrix", "expected"), EXPANDED)
def test_combinations(matrix: str, expected: Expanded) -> None:
    assert [(leg.title, leg.matrix) for leg in expanded(matrix)] == expected


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("{}", "wf.yml:2: Matrix must define at least one vector"),
        ("exclude: [{a: 1}]", "wf.yml:2: Matrix must define at least one vector"),
        ("\na: [1]\nb: []", "wf.yml:4: Matrix vector 'b' does not contain any values"),
        ("a: 1", "wf.yml:2: Matrix vector 'a' must be a sequence"),
        ("{a: [1], exclude: [{b: 1}]}", "Matrix exclude key 'b' does not match any key within the matrix"),
        ("{a: [1], include: [{}]}", "An item of matrix include does not contain any values"),
        ("{a: [1], include: {b: 1}}", "matrix include must be a sequence"),
        ("${{ fromJSON('[]') }}", "matrix must be a mapping"),
        ("a: ${{ fromJSON('[]') }}", "wf.yml:2: Matrix vector 'a' does not contain any values"),
        ("include: ${{ fromJSON('[]') }}", "Matrix must define at least one vector"),
        ("'${{ inputs.a }}': [1]", "this simulator takes no expression as a key of a matrix"),
        # https://docs.github.com/en/actions/reference/limits
        (f"{{a: {list(range(17))}, b: {list(range(16))}}}", "A matrix generates 256 jobs at most"),
    ],
)
def test_wrong_matrix(matrix: str, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        expanded(matrix)
    assert message in str(caught.value)


# https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#strategy-context
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", {"fail-fast": True, "job-index": 0.0, "job-total": 1.0, "max-parallel": 1.0}),
        (
            "{matrix: {a: [1, 2, 3]}}",
            {"fail-fast": True, "job-index": 2.0, "job-total": 3.0, "max-parallel": 3.0},
        ),
        (
            "{matrix: {a: [1, 2, 3]}, fail-fast: '${{ 1 == 2 }}', max-parallel: 2}",
            {"fail-fast": False, "job-index": 2.0, "job-total": 3.0, "max-parallel": 2.0},
        ),
    ],
)
def test_strategy_context(text: str, expected: dict[str, Any]) -> None:
    assert strategy.legs(strategy.read(parse(text, "wf.yml")), Scope())[-1].strategy == expected


def test_long_names_are_cut() -> None:
    """Conversion/JobNameBuilder.cs, and the ids of GitHub's messages: Conversion/IdBuilder.cs"""
    long, number = expanded(f"v: [{'x' * 120}, -1.5]")
    assert long.name("build") == f"build ({'x' * 90}..."
    assert (number.id, number.name("build")) == ("_-1_5", "build (-1.5)")


def test_jobs_of_a_matrix(tmp_path: Path) -> None:
    """Results, names and logs of each; `needs` has one result, and the outputs that were written last."""
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          plain:
            name: Plain
            strategy: {matrix: {v: [1, 2]}}
            runs-on: ${{ matrix.v }}
            env: {V: "${{ matrix.v }}"}
            outputs: {v: "${{ steps.s.outputs.v }}", one: "${{ steps.s.outputs.one }}"}
            steps:
              - id: s
                run: |
                  echo "v=$V of ${{ strategy.job-total }}" >> $GITHUB_OUTPUT
                  test ${{ strategy.job-index }} = 1 || echo one=yes >> $GITHUB_OUTPUT
                  echo "# $V" >> $GITHUB_STEP_SUMMARY
          named:
            name: For ${{ matrix.v }}
            strategy: {matrix: {v: [1, 2]}}
            runs-on: x
            steps: [{run: 'true'}]
          skipped:
            name: Not ${{ matrix.v }}
            if: github.event_name == 'never'
            strategy: {matrix: {v: [1, 2]}}
            runs-on: x
            steps: [{run: 'false'}]
          after:
            needs: [plain, skipped]
            if: always()
            runs-on: x
            steps:
              - run: test "${{ needs.plain.result }} ${{ needs.skipped.result }}" = "success skipped"
              - run: test "${{ needs.plain.outputs.v }} ${{ needs.plain.outputs.one }}" = "2 of 2 yes"
        """,
    )
    assert result.conclusion == "success"
    assert {job.id: job.name for job in result.jobs.values()} == {
        "plain (1)": "Plain (1)",
        "plain (2)": "Plain (2)",
        "named (1)": "For 1",
        "named (2)": "For 2",
        "skipped": "Not ${{ matrix.v }}",  # https://github.com/actions/runner/issues/952
        "after": "after",
    }
    assert "Complete job name: Plain (2)" in (result.folder / "plain._2.log").read_text()
    assert (result.folder / "summary/plain._2/01-s.md").read_text() == "# 2\n"


def test_fail_fast_and_continue_on_error(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategyfail-fast"""
    legs = "runs-on: x, steps: [{run: 'test $V != 2', env: {V: '${{ matrix.v }}'}}]"
    result = run(
        tmp_path,
        f"""
        on: push
        jobs:
          fast: {{strategy: {{matrix: &v {{v: [1, 2, 3]}}}}, {legs}}}
          slow: {{strategy: {{matrix: *v, fail-fast: false}}, {legs}}}
          soft: {{strategy: {{matrix: *v}}, continue-on-error: "${{{{ matrix.v == 2 }}}}", {legs}}}
          gate:
            needs: [fast, slow, soft]
            if: always()
            runs-on: x
            steps: [{{run: 'test "${{{{ join(needs.*.result) }}}}" = failure,failure,success'}}]
        """,
    )
    conclusions = {job.id: job.conclusion for job in result.jobs.values()}
    assert [conclusions[f"fast ({v})"] for v in (1, 2, 3)] == ["success", "failure", "cancelled"]
    assert [conclusions[f"slow ({v})"] for v in (1, 2, 3)] == ["success", "failure", "success"]
    assert [conclusions[f"soft ({v})"] for v in (1, 2, 3)] == ["success", "failure", "success"]
    assert (conclusions["gate"], result.conclusion) == ("success", "failure")
    [reason] = [one.message for one in result.annotations if "canceled" in one.message]
    assert reason == 'The job was canceled because "_2" failed.'


def test_a_job_whose_keys_cannot_be_evaluated_fails_alone(tmp_path: Path) -> None:
    """WorkflowTemplateEvaluator.cs: the service evaluates them when the job's turn comes."""
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          plan: {runs-on: x, outputs: {none: ""}, steps: [{run: 'true'}]}
          empty:
            needs: plan
            strategy: {matrix: {v: "${{ fromJSON(needs.plan.outputs.none || '[]') }}"}}
            runs-on: x
            steps: [{run: 'true'}]
          soft:
            strategy: {matrix: {include: [{v: 1, soft: true}, {v: 2}]}, fail-fast: false}
            continue-on-error: ${{ matrix.soft }}
            runs-on: x
            steps: [{run: 'false'}]
          nowhere: {runs-on: '${{ matrix.os }}', steps: [{run: 'true'}]}
          if: {if: "fromJSON('{')", runs-on: x, steps: [{run: 'true'}]}
          other: {runs-on: x, steps: [{run: 'true'}]}
        """,
    )
    assert {job.id: job.conclusion for job in result.jobs.values()} == {
        "plan": "success",
        "empty": "failure",
        "soft (1, true)": "failure",
        "soft (2)": "failure",
        "nowhere": "failure",
        "if": "failure",
        "other": "success",
    }
    steps = {job.id: step for job in result.jobs.values() for step in job.steps if step.annotations}
    messages = {job_id: step.annotations[0].message for job_id, step in steps.items()}
    assert messages["empty"] == ".github/workflows/wf.yml:6: Matrix vector 'v' does not contain any values"
    assert messages["soft (2)"] == ".github/workflows/wf.yml:11: Unexpected value ''"
    assert messages["nowhere"] == ".github/workflows/wf.yml:14: runs-on names no runner"
    assert "wf.yml:15: The `if` can't be decided" in messages["if"]

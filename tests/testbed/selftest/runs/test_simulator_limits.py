"""Limits of summaries, outputs, annotations and environments, to the letter. Each names its source."""

import json
from pathlib import Path

import pytest

from testbed.selftest.workflows import job, run, step
from testbed.simulator import limits
from testbed.simulator.results import JobResult


def test_twenty_summaries_of_a_job_are_shown(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits"""
    result = run(tmp_path, job("\n".join(f"- run: echo s{n} > $GITHUB_STEP_SUMMARY" for n in range(1, 23))))
    assert result.conclusion == "success"
    assert result.summary.split() == [f"s{n}" for n in range(1, 21)]
    assert len(list((result.folder / "summary/a").iterdir())) == 20


@pytest.mark.parametrize(("size", "kept"), [(1024 * 1024, True), (1024 * 1024 + 1, False)])
def test_a_summary_of_a_mebibyte_is_kept(tmp_path: Path, size: int, *, kept: bool) -> None:
    """FileCommandManager.cs CreateStepSummaryCommand: AttachmentSizeLimit, of the file in bytes."""
    steps = f"- {{id: s, run: head -c {size} /dev/zero | tr '\\0' x > $GITHUB_STEP_SUMMARY}}"
    found = step(run(tmp_path, job(steps)), "s")
    assert (len(found.summary), found.conclusion) == (size if kept else 0, "success")
    assert bool(found.annotations) is not kept


@pytest.mark.parametrize(("characters", "kept"), [(512 * 1024, True), (512 * 1024 + 1, False)])
def test_outputs_of_a_job(tmp_path: Path, characters: int, *, kept: bool) -> None:
    """1 MB a job, in UTF-16: two bytes for each of these characters.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
    """
    steps = f"- {{id: s, run: echo v=$(head -c {characters} /dev/zero | tr '\\0' x) >> $GITHUB_OUTPUT}}"
    result = run(tmp_path, job(steps, outputs="{v: '${{ steps.s.outputs.v }}'}"))
    assert (result.conclusion, len(result.jobs["a"].outputs)) == (("success", 1) if kept else ("failure", 0))


def test_outputs_of_a_run() -> None:
    """50 MB: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs"""
    megabyte = "x" * (512 * 1024)
    jobs = [JobResult(id=f"j{n}", name="j", conclusion="success", outputs={"v": megabyte}) for n in range(50)]
    limits.hold_run(jobs, jobs[-1])
    assert jobs[-1].conclusion == "success"
    jobs.append(JobResult(id="last", name="last", conclusion="success", outputs={"v": "x"}))
    limits.hold_run(jobs, jobs[-1])
    last = jobs[-1]
    assert (last.conclusion, last.outputs) == ("failure", {})
    said = "The outputs of the run exceed the maximum of 52428800 bytes: 52428802"
    assert last.steps[-1].annotations[0].message == said
    assert len(jobs[0].outputs) == 1


def test_annotations_of_a_job(tmp_path: Path) -> None:
    """50, of all its steps: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations"""
    each = "for level in error warning notice; do for n in $(seq 11); do echo ::$level::$n; done; done"
    result = run(tmp_path, job("\n".join(f"- {{id: s{n}, run: {json.dumps(each)}}}" for n in range(3))))
    counts = [len(step(result, f"s{n}").annotations) for n in range(3)]
    assert counts == [30, 20, 0]
    assert result.jobs["a"].log.count("##[notice]11\n") == 3  # the log has them all


def test_names_in_github_env(tmp_path: Path) -> None:
    """FileCommandManager.cs SetEnvFileCommand blocks one name, in any letter case, and goes on.

    Each step's runtime variables overwrite those of contexts (GitHubContext.cs, RunnerContext.cs) silently;
    everything else is taken.
    """
    blocked = ["NODE_OPTIONS", "node_options"]
    overwritten = ["GITHUB_SHA", "GITHUB_WORKSPACE", "RUNNER_TEMP"]
    taken = ["GITHUB_FOO", "LD_PRELOAD_", "PYTHONPATH", "BASH_ENV"]
    steps = f"""
        - run: for name in {" ".join(blocked + overwritten + taken)}; do echo $name=/mine; done >> $GITHUB_ENV
        - shell: python3 {{0}}
          run: |
            import json, os
            print("seen", json.dumps(dict(os.environ)))
        """
    result = run(tmp_path, job(steps))
    assert result.conclusion == "success"
    line = next(line for line in result.jobs["a"].log.splitlines() if line.startswith("seen "))
    seen = json.loads(line.removeprefix("seen "))
    assert [seen.get(name, "") for name in blocked] == ["", ""]
    assert "/mine" not in [seen[name] for name in overwritten]
    assert {seen[name] for name in taken} == {"/mine"}
    assert [one.message for one in result.annotations] == [
        f"Can't store {name} output parameter using '$GITHUB_ENV' command." for name in blocked
    ]


def test_a_variable_that_is_too_long_for_the_system(tmp_path: Path) -> None:
    """execve(2): MAX_ARG_STRLEN, 128 KiB for one; GITHUB_ENV itself has no limit."""
    steps = """
        - {id: s, run: "echo LONG=$(head -c 131072 /dev/zero | tr '\\\\0' x) >> $GITHUB_ENV"}
        - {id: t, run: 'true'}
        """
    result = run(tmp_path, job(steps))
    assert step(result, "s").conclusion == "success"
    assert "Argument list too long" in step(result, "t").annotations[0].message

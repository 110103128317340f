"""Steps, jobs and their processes, run for real in plain folders. Each rule names its source.

File names alone are of https://github.com/actions/runner/blob/main/src/Runner.Worker/
"""

import os
import time
from pathlib import Path

import pytest

from testbed.selftest.workflows import job, run, step
from testbed.simulator import processes


# Shells: Handlers/ScriptHandler.cs and ScriptHandlerHelpers.cs
@pytest.mark.parametrize(
    ("shell", "command", "pipe_fails"),
    [
        ("", "bash -e {0}", False),
        ("bash", "bash --noprofile --norc -e -o pipefail {0}", True),
        ("sh", "sh -e {0}", False),
        ("bash -eux {0}", "bash -eux {0}", False),
    ],
)
def test_shells(tmp_path: Path, shell: str, command: str, pipe_fails: bool) -> None:
    steps = f"- id: x\n  run: 'false | true'\n  {f'shell: {shell}' if shell else ''}"
    result = run(tmp_path, job(steps))
    assert f"/{command}" in result.jobs["a"].log
    assert step(result, "x").conclusion == ("failure" if pipe_fails else "success")


def test_defaults_and_working_directory(tmp_path: Path) -> None:
    """Job's defaults.run over the workflow's, a step's own over both; not in composite actions."""
    result = run(
        tmp_path,
        """
        on: push
        defaults: {run: {shell: sh, working-directory: one}}
        jobs:
          a:
            runs-on: x
            defaults: {run: {working-directory: two}}
            steps:
              - uses: actions/checkout@v5
              - run: echo "$PWD" "$0"
              - {run: echo "$PWD", working-directory: one}
              - uses: ./act
        """,
        files={
            "one/x": "",
            "two/x": "",
            "act/action.yml": """
                runs:
                  using: composite
                  steps: [{run: 'echo "nested $PWD" $-', shell: bash}]
                """,
        },
    )
    log, workspace = result.jobs["a"].log, f"{tmp_path}/host/work/app/app"
    assert f"\n{workspace}/two " in log
    assert f"\n{workspace}/one\n" in log
    assert f"\nnested {workspace} " in log
    assert result.conclusion == "success"


def test_if_outcome_and_conclusion(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#steps-context"""
    result = run(
        tmp_path,
        job(
            """
            - {id: soft, run: exit 3, continue-on-error: true}
            - {id: told, run: "test ${{ steps.soft.outcome }}-${{ steps.soft.conclusion }} = failure-success"}
            - {id: hard, run: exit 4}
            - {id: skipped, run: 'true'}
            - {id: failed, if: failure(), run: 'true'}
            - {id: always, if: always(), run: 'test "${{ job.status }}" = failure'}
            - {id: last, if: "!cancelled() && steps.skipped.outcome == 'skipped'", run: 'true'}
            """
        ),
    )
    conclusions = {one.id: one.conclusion for one in result.jobs["a"].steps}
    assert conclusions == {
        "soft": "success",
        "told": "success",
        "hard": "failure",
        "skipped": "skipped",
        "failed": "success",
        "always": "success",
        "last": "success",
    }
    assert step(result, "hard").annotations[0].message == "Process completed with exit code 4."
    assert result.conclusion == "failure"


def test_needs_outputs_and_job_conditions(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context"""
    result = run(
        tmp_path,
        """
        on: push
        jobs:
          last:
            needs: [skipped, bad, good]
            if: always()
            runs-on: x
            steps:
              - run: test "${{ needs.skipped.result }} ${{ needs.bad.result }}" = "skipped failure"
              - run: test "${{ needs.good.outputs.v }}" = value
          skipped: {needs: bad, runs-on: x, steps: [{run: 'true'}]}
          bad: {runs-on: x, steps: [{run: 'false'}]}
          soft: {runs-on: x, continue-on-error: true, steps: [{run: 'false'}]}
          after-soft: {needs: soft, runs-on: x, steps: [{run: 'true'}]}
          good:
            runs-on: x
            outputs: {v: '${{ steps.s.outputs.v }}'}
            steps: [{id: s, run: echo v=value >> $GITHUB_OUTPUT}]
        """,
    )
    conclusions = {one.id: one.conclusion for one in result.jobs.values()}
    assert conclusions["last"] == "success"
    assert conclusions["skipped"] == "skipped"
    assert conclusions["after-soft"] == "success"
    assert result.conclusion == "failure"


def test_job_output_with_a_secret_in_it_is_dropped(tmp_path: Path) -> None:
    """JobExtension.cs: "Skip output 'x' since it may contain secret." """
    result = run(
        tmp_path,
        job(
            """
            - id: s
              run: |
                echo "image=111111111111.dkr.ecr/app" >> $GITHUB_OUTPUT
                echo "tag=v1" >> $GITHUB_OUTPUT
            """,
            outputs="{image: '${{ steps.s.outputs.image }}', tag: '${{ steps.s.outputs.tag }}'}",
        ),
        secrets={"ACCOUNT": "111111111111"},
    )
    assert result.jobs["a"].outputs == {"tag": "v1"}
    assert "Skip output 'image' since it may contain secret." in [one.message for one in result.annotations]
    assert "111111111111" not in result.jobs["a"].log


def test_job_outputs_limit(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/limits: 1 MB per job, in UTF-16"""
    steps = "- {id: s, run: echo v=$(head -c 600000 /dev/zero | tr '\\0' x) >> $GITHUB_OUTPUT}"
    result = run(tmp_path, job(steps, outputs="{v: '${{ steps.s.outputs.v }}'}"))
    assert result.conclusion == "failure"
    assert result.jobs["a"].outputs == {}


def test_environment_gives_its_variables_and_secrets(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments"""
    result = run(
        tmp_path,
        job(
            "- {id: u, run: 'test $V-$S = e-es && echo url=https://x >> $GITHUB_OUTPUT'}",
            environment="{name: dev, url: '${{ steps.u.outputs.url }}'}",
            env="{V: '${{ vars.V }}', S: '${{ secrets.S }}'}",
        ),
        variables={"V": "r"},
        secrets={"S": "rs"},
        environments={"dev": {"variables": {"V": "e"}, "secrets": {"S": "es"}}},
    )
    assert result.conclusion == "success"
    assert result.jobs["a"].environment_url == "https://x"


def test_dispatch_inputs_keep_their_types(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#inputs-context"""
    workflow = """
        on:
          workflow_dispatch:
            inputs:
              flag: {type: boolean, default: false}
              where: {type: choice, options: [dev, prod], default: dev}
              text: {required: true}
        jobs:
          a:
            runs-on: x
            steps:
              - run: test '${{ inputs.flag == true }} ${{ inputs.where }} ${{ inputs.text }}' = 'true dev t'
              - run: test '${{ github.event.inputs.flag }}' = 'true'
        """
    result = run(tmp_path, workflow, event="workflow_dispatch", inputs={"flag": "true", "text": "t"})
    assert result.conclusion == "success"


def test_pull_request_context(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/variables"""
    steps = """
        - run: test "$GITHUB_REF $GITHUB_REF_NAME $GITHUB_BASE_REF $GITHUB_HEAD_REF" = "$EXPECTED"
          env: {EXPECTED: refs/pull/1/merge 1/merge main feature}
        - run: test '${{ github.event.pull_request.number }}' = 1
        - run: test "$(jq -r .number $GITHUB_EVENT_PATH 2>/dev/null || echo 1)" = 1
        - uses: actions/checkout@v5
        - run: test "$(git rev-parse HEAD)" = "$GITHUB_SHA"
        """
    assert run(tmp_path, job(steps), event="pull_request").conclusion == "success"


# ExecutionContext.cs AddIssue, and the limits of https://docs.github.com/en/rest/checks/runs
def test_annotation_limits(tmp_path: Path) -> None:
    steps = """
        - id: x
          run: |
            for i in $(seq 12); do echo "::warning::w$i"; done
            echo "::error::$(head -c 5000 /dev/zero | tr '\\0' e)"
        """
    result = run(tmp_path, job(steps))
    found = step(result, "x").annotations
    assert [one.message for one in found if one.level == "warning"] == [f"w{i}" for i in range(1, 11)]
    assert [len(one.message) for one in found if one.level == "error"] == [4096]
    assert "##[warning]w12" in result.jobs["a"].log


def test_annotation_places(tmp_path: Path) -> None:
    """ActionCommandManager.cs IssueCommandExtension: files become relative to the workspace."""
    steps = """
        - id: x
          run: |
            echo "::error file=$GITHUB_WORKSPACE/k8s/a.yaml,line=3,col=5,endLine=4,title=T::m" >&2
            echo "::notice title=N::n"
        """
    found = step(run(tmp_path, job(steps)), "x").annotations
    error, notice = sorted(found, key=lambda one: one.level)
    assert (error.file, error.line, error.title, error.message) == ("k8s/a.yaml", "3", "T", "m")
    assert error.properties == {"col": "5", "endline": "4"}
    assert (notice.level, notice.title) == ("notice", "N")


def test_stop_commands(tmp_path: Path) -> None:
    """Commands of both streams are off until the token, and are then plain text."""
    steps = """
        - id: x
          run: |
            echo "::stop-commands::t0ken"
            sleep 0.5 # or stderr's would be handled before it, as the next test shows
            echo "::error::not one"
            echo "::warning::nor one" >&2
            sleep 0.5
            echo "::t0ken::"
            echo "::error::one"
        - {id: bad, run: "echo ::stop-commands::error"}
        """
    result = run(tmp_path, job(steps))
    assert [one.message for one in step(result, "x").annotations] == ["one"]
    assert step(result, "bad").conclusion == "failure"


def test_stderr_is_handled_before_stdout(tmp_path: Path) -> None:
    """Runner.Sdk/ProcessInvoker.cs ProcessOutput: of what has arrived, stderr first."""
    seen: list[str] = []

    def stdout(line: str) -> None:
        seen.append(line)
        if line == "first":
            time.sleep(1)  # meanwhile the others arrive, stdout's before stderr's

    script = "echo first; sleep 0.3; echo out; echo err >&2"
    stop = processes.Stop(requested=lambda: False, sigint_seconds=1, sigterm_seconds=1)
    handlers = processes.Handlers(stdout=stdout, stderr=seen.append)
    assert processes.run(["sh", "-c", script], {"PATH": os.defpath}, tmp_path, handlers, stop) == 0
    assert seen == ["first", "err", "out"]


def test_step_outputs_with_secrets_are_masked_in_the_results(tmp_path: Path) -> None:
    steps = """
        - {id: s, run: 'echo key=hunter2 >> $GITHUB_OUTPUT'}
        - run: test '${{ steps.s.outputs.key }}' = "$(printf '%s%s' hunt er2)"
        """
    result = run(tmp_path, job(steps), secrets={"S": "hunter2"})
    assert result.conclusion == "success"
    assert step(result, "s").outputs == {"key": "***"}
    assert "hunter2" not in (result.folder / "result.json").read_text()


def test_disabled_commands_fail_the_step(tmp_path: Path) -> None:
    result = run(tmp_path, job("- {id: x, run: 'echo ::set-env name=A::b'}"))
    assert step(result, "x").conclusion == "failure"
    assert "The `set-env` command is disabled" in step(result, "x").annotations[1].message


def test_summary_limit(tmp_path: Path) -> None:
    """CreateStepSummaryCommand: over 1 MiB it is dropped with an error, and the step goes on."""
    steps = """
        - {id: big, run: head -c 1048577 /dev/zero | tr '\\0' x > $GITHUB_STEP_SUMMARY}
        - {id: ok, run: "echo '# secret' > $GITHUB_STEP_SUMMARY"}
        """
    result = run(tmp_path, job(steps), secrets={"S": "secret"})
    assert step(result, "big").conclusion == "success"
    assert "supports content up to a size of 1024k" in step(result, "big").annotations[0].message
    assert result.summary == "# ***\n"
    assert (result.folder / "summary" / "a" / "02-ok.md").read_text() == "# ***\n"


def test_malformed_output_file_fails_the_step(tmp_path: Path) -> None:
    result = run(tmp_path, job("- {id: x, run: 'echo nonsense >> $GITHUB_OUTPUT; echo A=1 >> $GITHUB_ENV'}"))
    assert step(result, "x").conclusion == "failure"
    assert step(result, "x").annotations[0].message == "Unable to process file command 'output' successfully."


def test_host_environment_stays_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/leaked")
    steps = """
        - run: test -z "$AWS_CA_BUNDLE$ACTIONS_ID_TOKEN_REQUEST_URL$ACTIONS_RUNTIME_TOKEN"
        - run: test "$CI $GITHUB_ACTIONS $RUNNER_OS $RUNNER_ENVIRONMENT" = "true true Linux self-hosted"
        """
    assert run(tmp_path, job(steps)).conclusion == "success"


def test_job_started_hook(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/run-scripts"""
    hook = tmp_path / "hook.sh"
    hook.write_text(
        'touch "$RUNNER_TEMP/ca.crt"; echo "AWS_CA_BUNDLE=$RUNNER_TEMP/ca.crt" >> "$GITHUB_ENV"\n'
    )
    steps = '- run: test -f "$AWS_CA_BUNDLE"'
    assert run(tmp_path, job(steps), settings={"job_started_hook": str(hook)}).conclusion == "success"
    hook.write_text("exit 1\n")
    assert run(tmp_path, job(steps), settings={"job_started_hook": str(hook)}).conclusion == "failure"


def test_temp_and_actions_are_emptied(tmp_path: Path) -> None:
    """TempDirectoryManager.cs, ActionManager.cs: at job start, and _temp at its end too."""
    work = tmp_path / "host" / "work"
    for name in ("_temp/old", "_actions/org/old"):
        (work / name).mkdir(parents=True)
    result = run(tmp_path, job("- run: test ! -e $RUNNER_TEMP/old && touch $RUNNER_TEMP/new"))
    assert result.conclusion == "success"
    assert list((work / "_temp").iterdir()) == []
    assert list((work / "_actions").iterdir()) == []

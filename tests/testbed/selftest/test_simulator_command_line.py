"""`testbed run`: what is published, how secrets are given, what the exit status and the results say."""

import json
import subprocess
from pathlib import Path

import pytest

from testbed import github
from testbed.errors import TestbedError
from testbed.run import main
from testbed.run_arguments import parse
from testbed.run_hosts import Program
from testbed.selftest.workflows import job, write


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_is_published_not_the_working_tree(tmp_path: Path) -> None:
    write(tmp_path / "app", {"file": "committed\n"})
    git(tmp_path / "app", "init", "--quiet", "--initial-branch=topic")
    git(tmp_path / "app", "add", "--all")
    git(tmp_path / "app", "commit", "--quiet", "--message=one")
    (tmp_path / "app" / "file").write_text("changed\n")
    sha = github.publish(tmp_path / "app", "org/app", "refs/heads/main", tmp_path / "github")
    bare = tmp_path / "github/org/app.git"
    assert sha == git(tmp_path / "app", "rev-parse", "HEAD") == git(bare, "rev-parse", "refs/heads/main")
    assert git(bare, "show", "main:file") == "committed"


def test_a_plain_directory_is_published_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "app", {"folder/file": "text\n"})
    first = github.publish(tmp_path / "app", "org/app", "refs/heads/main", tmp_path / "github")
    again = github.publish(tmp_path / "app", "org/app", "refs/heads/main", tmp_path / "github")
    assert first == again
    assert git(tmp_path / "github/org/app.git", "show", "main:folder/file") == "text"
    assert not (tmp_path / "app" / ".git").exists()


def test_nothing_to_publish(tmp_path: Path) -> None:
    with pytest.raises(TestbedError, match="is not a directory"):
        github.publish(tmp_path / "none", "org/app", "refs/heads/main", tmp_path / "github")


def test_secrets_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t=1")
    options = ["--secret", "TOKEN", "--secret", "A=b=c", "--environment-secret", "dev:TOKEN", "--var", "V=1"]
    trigger = parse(["wf.yml", *options, "--environment-var", "dev:X=y"]).trigger
    assert trigger["secrets"] == {"TOKEN": "t=1", "A": "b=c"}
    assert trigger["variables"] == {"V": "1"}
    assert trigger["environments"] == {"dev": {"secrets": {"TOKEN": "t=1"}, "variables": {"X": "y"}}}


@pytest.mark.parametrize(
    ("options", "program"),
    [
        ([], Program()),
        (["--on", "act"], Program("act")),
        (["--on", "simulator", "--local", "host"], Program("simulator")),
        (["--image", "busybox"], Program("act", "busybox")),
    ],
)
def test_the_runner_program_is_chosen(options: list[str], program: Program) -> None:
    assert parse(["wf.yml", *options]).host.program == program


def test_other_repositories_are_published_first(tmp_path: Path) -> None:
    called = "on: workflow_call\njobs: {b: {runs-on: x, steps: [{run: echo called}]}}\n"
    calls = "on: push\njobs: {a: {uses: org/other/.github/workflows/wf.yml@v2}}\n"
    write(tmp_path, {"other/.github/workflows/wf.yml": called, "app/wf.yml": calls})
    options = ["--local", str(tmp_path / "host"), "--publish", f"org/other@v2={tmp_path / 'other'}"]
    assert main([str(tmp_path / "app/wf.yml"), "--repository", str(tmp_path / "app"), *options]) == 0
    with pytest.raises(TestbedError, match=r"other=\. is not of the form OWNER/NAME@TAG=DIR"):
        parse(["wf.yml", "--publish", "other=."])


@pytest.mark.parametrize(
    ("workflow", "status", "shown"),
    [
        (job("- run: 'true'"), 0, "wf.yml: success (a success)"),
        (job("- run: exit 4"), 1, "Error: Process completed with exit code 4."),
        (job("- runs: x"), 2, "wf.yml:6: A step has one of run and uses; this one has neither run nor uses"),
    ],
)
def test_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], workflow: str, status: int, shown: str
) -> None:
    write(tmp_path / "app", {"wf.yml": workflow})
    local = ["--local", str(tmp_path / "host")]
    assert main([str(tmp_path / "app/wf.yml"), "--repository", str(tmp_path / "app"), *local]) == status
    out = capsys.readouterr().out
    assert shown in out
    assert str(tmp_path / "host/runs/1001") in out


def test_result_files(tmp_path: Path) -> None:
    steps = "- {id: s, name: A step, run: 'echo ::notice title=T::n; echo hi >> $GITHUB_STEP_SUMMARY'}"
    write(tmp_path / "app", {"wf.yml": job(steps)})
    local = ["--local", str(tmp_path / "host")]
    main([str(tmp_path / "app/wf.yml"), "--repository", str(tmp_path / "app"), *local])
    folder = tmp_path / "host/runs/1001"
    found = json.loads((folder / "result.json").read_text())
    entry = found["jobs"]["a"]["steps"][0]
    assert (found["conclusion"], entry["name"], entry["conclusion"]) == ("success", "A step", "success")
    annotation = json.loads((folder / "annotations.json").read_text())[0]
    wanted = {"job": "a", "step": "s", "level": "notice", "title": "T", "message": "n"}
    assert annotation.items() >= wanted.items()
    assert (folder / "summary/a/01-s.md").read_text() == "hi\n"
    assert "##[notice]n\n" in (folder / "a.log").read_text()


@pytest.mark.parametrize(
    ("options", "said", "hint"),
    [
        (
            ["--event", "psuh"],
            "--event psuh: there is no such event, and no such file",
            "Events: push, pull_",
        ),
        (["--event", "none.json"], "--event none.json: there is no such event", "Events: push, pull_"),
        (["--event", "list.json"], "list.json isn't a JSON object", "It is a webhook's body."),
        (["--event", "broken.json"], "broken.json isn't JSON: Expecting", "It is a webhook's body."),
        (["--event", "vague.json"], "vague.json doesn't show which event", "--event NAME --event-file vague"),
        (["--event-file", "none.json"], "none.json can't be read: No such file", "It is a JSON file."),
        (["--event", "vague.json", "--event-file", "vague.json"], "are both files", "--event is the event's"),
        (["--fork"], "a push can't come from a fork", "Only --event pull_request can."),
        (["--ref", "main"], "a push isn't about main", "Its ref is refs/heads/NAME or refs/tags/NAME"),
        (["--secret", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE has no value", "`./testbed run --help`"),
        (["--colour"], "unrecognized arguments: --colour", "`./testbed run --help`"),
        (["--repository", "none"], "none is not a directory", "Name the repository to publish."),
    ],
)
def test_wrong_values_are_one_line_and_a_way_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    options: list[str],
    said: str,
    hint: str,
) -> None:
    files = {"list.json": "[]", "broken.json": "{", "vague.json": '{"action": "x"}'}
    write(tmp_path, {"app/wf.yml": job("- run: 'true'"), **files})
    monkeypatch.chdir(tmp_path)
    assert main(["app/wf.yml", "--repository", "app", "--local", "host", *options]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("testbed run: ")
    assert said in lines[0]
    assert hint in lines[1]


def test_what_the_filters_leave_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = "on: {push: {paths: ['src/**']}}\n" + job("- run: 'true'").partition("\n")[2]
    write(tmp_path / "app", {"wf.yml": workflow})
    local = ["--local", str(tmp_path / "host")]
    assert main([str(tmp_path / "app/wf.yml"), "--repository", str(tmp_path / "app"), *local]) == 2
    told = "wf.yml:1: This push starts no run: paths (src/**) leaves out all that changed (wf.yml)"
    assert f"No workflow run\n.github/workflows/{told}" in capsys.readouterr().out

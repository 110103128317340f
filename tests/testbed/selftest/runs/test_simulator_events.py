"""Each event's ref, commit, people, payload, and the claims of its ID tokens.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
https://docs.github.com/en/actions/reference/security/oidc
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from testbed import events
from testbed.errors import TestbedError
from testbed.events import Event, Wish
from testbed.oidc.claims import claims
from testbed.run_arguments import parse
from testbed.selftest.workflows import job, run, write
from testbed.simulator import forks, github_context, permissions
from testbed.simulator.config import Config

WORKFLOW = ".github/workflows/wf.yml"
IMMUTABLE = "org@1001/app@2001"


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def happen(tmp_path: Path, event: str, **said: Any) -> Event:
    write(tmp_path / "app", {"src/a.py": "1\n"})
    wish = Wish(event=event, repository="org/app", workflow=WORKFLOW, **said)
    return events.happen(wish, tmp_path / "app", tmp_path / "github")


def context(tmp_path: Path, name: str, event: Event) -> tuple[Config, dict[str, Any]]:
    folder = tmp_path
    config = Config(
        work=folder,
        github=folder,
        actions=folder,
        runs=folder,
        repository="org/app",
        workflow_path=WORKFLOW,
        sha=event.sha,
        ref=event.ref,
        event_name=name,
        event=event.payload,
        actor=event.actor,
        ids=event.ids,
    )
    return config, github_context.create(config, "wf", "token")


# event, what is said of it; ref, ref_name, ref_type, head_ref, base_ref, actor; the end of `sub`
EVENTS: list[tuple[str, dict[str, Any], tuple[str, str, str, str, str, str], str]] = [
    ("push", {}, ("refs/heads/main", "main", "branch", "", "", "octocat"), "ref:refs/heads/main"),
    (
        "push",
        {"ref": "refs/heads/feature/x", "actor": "mona"},
        ("refs/heads/feature/x", "feature/x", "branch", "", "", "mona"),
        "ref:refs/heads/feature/x",
    ),
    (
        "push",
        {"ref": "refs/tags/v1.2"},
        ("refs/tags/v1.2", "v1.2", "tag", "", "", "octocat"),
        "ref:refs/tags/v1.2",
    ),
    (
        "pull_request",
        {},
        ("refs/pull/1/merge", "1/merge", "branch", "feature", "main", "octocat"),
        "pull_request",
    ),
    (
        "pull_request",
        {"fork": True, "payload": {"number": 7, "pull_request": {"head": {"ref": "patch-1"}}}},
        ("refs/pull/7/merge", "7/merge", "branch", "patch-1", "main", "contributor"),
        "pull_request",
    ),
    (
        "pull_request",  # merged: the branch that it went into
        {"payload": {"action": "closed", "pull_request": {"merged": True}}},
        ("refs/heads/main", "main", "branch", "feature", "main", "octocat"),
        "pull_request",
    ),
    (
        "release",
        {"payload": {"release": {"tag_name": "v2.0.0"}}},
        ("refs/tags/v2.0.0", "v2.0.0", "tag", "", "", "octocat"),
        "ref:refs/tags/v2.0.0",
    ),
    ("schedule", {}, ("refs/heads/main", "main", "branch", "", "", "octocat"), "ref:refs/heads/main"),
    (
        "workflow_dispatch",
        {"ref": "refs/tags/v1", "inputs": {"a": "b"}},
        ("refs/tags/v1", "v1", "tag", "", "", "octocat"),
        "ref:refs/tags/v1",
    ),
]


@pytest.mark.parametrize(("name", "said", "expected", "subject"), EVENTS)
def test_context_and_claims(
    tmp_path: Path, name: str, said: dict[str, Any], expected: tuple[str, ...], subject: str
) -> None:
    event = happen(tmp_path, name, **said)
    config, github = context(tmp_path, name, event)
    keys = ("ref", "ref_name", "ref_type", "head_ref", "base_ref", "actor")
    assert tuple(github[key] for key in keys) == expected
    assert github["event"]["repository"]["full_name"] == "org/app"
    assert github["event"]["sender"]["login"] == github["triggering_actor"] == expected[-1]
    assert git(tmp_path / "github/org/app.git", "cat-file", "-t", github["sha"]) == "commit"
    for environment, immutable in (("", False), ("", True), ("pro:d", False), ("pro:d", True)):
        registered = github_context.claims(github, environment)
        made = claims({**registered, "immutable_sub": immutable}, "aud", 1000, "id")
        repository = IMMUTABLE if immutable else "org/app"
        assert made["sub"] == f"repo:{repository}:{'environment:pro%3Ad' if environment else subject}"
        assert made["event_name"] == name
        assert made["job_workflow_ref"] == f"org/app/{WORKFLOW}@{config.ref}"
        for key in ("ref", "ref_type", "head_ref", "base_ref", "actor", "actor_id", "sha"):
            assert made[key] == github[key]


def test_merge_group(tmp_path: Path) -> None:
    """Its ref names the base branch, the pull request and the base's commit; the payload has both sides."""
    event = happen(tmp_path, "merge_group")
    _, github = context(tmp_path, "merge_group", event)
    group = event.payload["merge_group"]
    assert github["ref"] == f"refs/heads/gh-readonly-queue/main/pr-1-{group['base_sha']}"
    assert (github["head_ref"], github["base_ref"], github["ref_type"]) == ("", "", "branch")
    assert (group["head_ref"], group["base_ref"]) == (github["ref"], "refs/heads/main")
    assert group["head_sha"] == github["sha"] == git(tmp_path / "github/org/app.git", "rev-parse", event.ref)
    assert event.payload["action"] == "checks_requested"
    made = claims(github_context.claims(github, ""), "aud", 1000, "id")
    assert made["sub"] == f"repo:org/app:ref:{github['ref']}"


def test_push_says_what_was_there_before(tmp_path: Path) -> None:
    first = happen(tmp_path, "push")
    assert (first.payload["created"], first.payload["before"]) == (True, "0" * 40)
    assert first.changed_files == ["src/a.py"]
    write(tmp_path / "app", {"docs/b.md": "2\n"})
    second = happen(tmp_path, "push")
    assert (second.payload["created"], second.payload["before"]) == (False, first.sha)
    assert second.payload["after"] == second.payload["head_commit"]["id"] == second.sha
    assert second.changed_files == ["docs/b.md"]
    again = happen(tmp_path, "push")  # nothing new: as if it were the first time
    assert (again.sha, again.changed_files) == (second.sha, ["docs/b.md", "src/a.py"])


def test_changed_files_of_a_repository(tmp_path: Path) -> None:
    """Two dots for pushes, from the deepest new commit's parent for new branches; three dots for pulls."""
    app = tmp_path / "app"
    write(app, {"a": "1\n"})
    git(app, "init", "--quiet", "--initial-branch=main")

    def commit(name: str) -> None:
        write(app, {name: "x\n"})
        git(app, "add", "--all")
        git(app, "commit", "--quiet", "--message", name)

    commit("b")
    assert happen(tmp_path, "push").changed_files == ["a", "b"]
    for name in ("c", "d"):
        commit(name)
    new_branch = happen(tmp_path, "push", ref="refs/heads/new")
    assert new_branch.changed_files == ["c", "d", "src/a.py"]
    commit("e")
    assert happen(tmp_path, "push", ref="refs/heads/new").changed_files == ["e"]
    pull = happen(tmp_path, "pull_request")
    assert pull.changed_files == ["c", "d", "e", "src/a.py"]
    sides = pull.payload["pull_request"]
    parents = git(tmp_path / "github/org/app.git", "rev-parse", f"{pull.sha}^1", f"{pull.sha}^2").split()
    assert [sides["base"]["sha"], sides["head"]["sha"]] == parents
    assert sides["head"]["sha"] == git(app, "rev-parse", "HEAD")


def test_a_conflict_starts_nothing(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request"""
    app = tmp_path / "app"
    write(app, {"a": "1\n"})
    git(app, "init", "--quiet", "--initial-branch=main")
    for text in ("base\n", "theirs\n"):
        write(app, {"a": text})
        git(app, "add", "--all")
        git(app, "commit", "--quiet", "--message", text)
    happen(tmp_path, "push")
    git(app, "reset", "--quiet", "--hard", "HEAD~1")
    write(app, {"a": "ours\n"})
    git(app, "commit", "--quiet", "--all", "--message", "ours")
    with pytest.raises(TestbedError, match=r"conflicts with its base \(a\): GitHub starts no workflow"):
        happen(tmp_path, "pull_request")


@pytest.mark.parametrize(
    ("name", "said", "message"),
    [
        ("issues", {}, "there is no event 'issues' in the testbed"),
        ("push", {"ref": "main"}, "a push isn't about main\n  Its ref is refs/heads/NAME or refs/tags/NAME"),
        ("push", {"ref": "refs/heads/"}, "a push isn't about refs/heads/"),
        ("push", {"ref": "refs/heads/a b"}, "a push isn't about refs/heads/a b"),
        ("push", {"fork": True}, "a push can't come from a fork"),
        ("pull_request", {"ref": "refs/heads/main"}, "Its ref is refs/pull/NUMBER/merge"),
        ("pull_request", {"payload": {"number": "x"}}, "a pull_request isn't about refs/pull/x/merge"),
        ("pull_request", {"payload": {"pull_request": 1}}, "pull_request in the payload is 1"),
        ("release", {"ref": "refs/heads/main"}, "a release isn't about refs/heads/main"),
        ("schedule", {"ref": "refs/heads/dev"}, "Its ref is refs/heads/main, in full"),
        ("merge_group", {"ref": "refs/heads/main"}, "Its ref is refs/heads/gh-readonly-queue/NAME"),
    ],
)
def test_events_that_cannot_be(tmp_path: Path, name: str, said: dict[str, Any], message: str) -> None:
    with pytest.raises(TestbedError) as caught:
        happen(tmp_path, name, **said)
    assert message in str(caught.value)


def test_a_payload_from_elsewhere_keeps_the_commits_that_were_published(tmp_path: Path) -> None:
    sides = {"head": {"sha": "f" * 40, "label": "x:y"}, "title": "Mine"}
    event = happen(tmp_path, "pull_request", payload={"pull_request": sides, "extra": 1})
    made = event.payload["pull_request"]
    assert (made["title"], made["head"]["label"], event.payload["extra"]) == ("Mine", "x:y", 1)
    assert made["head"]["sha"] != "f" * 40


# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#how-permissions-are-calculated-for-a-workflow-job
@pytest.mark.parametrize(
    ("workflow", "own", "fork", "granted"),
    [
        (None, None, False, {"contents": "read", "packages": "read"}),
        ({"contents": "write"}, None, False, {"contents": "write"}),
        ({"contents": "write"}, {"id-token": "write"}, False, {"id-token": "write"}),  # the job's alone
        ({"contents": "write"}, {}, False, {}),
        ({"contents": "none", "actions": "read"}, None, False, {"actions": "read"}),
        (None, {"id-token": "write", "contents": "write"}, True, {"id-token": "read", "contents": "read"}),
        (None, None, True, {"contents": "read", "packages": "read"}),
    ],
)
def test_permissions(
    tmp_path: Path,
    workflow: dict[str, str] | None,
    own: dict[str, str] | None,
    *,
    fork: bool,
    granted: dict[str, str],
) -> None:
    config, _ = context(tmp_path, "pull_request", happen(tmp_path, "pull_request", fork=fork))
    assert forks.from_fork(config) is fork
    assert permissions.granted(workflow, own, config) == granted


def test_a_fork_gets_no_secrets_and_no_id_token(tmp_path: Path) -> None:
    """https://docs.github.com/en/actions/concepts/security/secrets; the token service isn't even asked."""
    steps = """
        - run: test -z "$ACTIONS_ID_TOKEN_REQUEST_URL$ACTIONS_ID_TOKEN_REQUEST_TOKEN"
        - run: test "[${{ secrets.S }}${{ vars.V }}]" = "[]" && test -n "${{ secrets.GITHUB_TOKEN }}"
        - uses: actions/checkout@v5
        - run: test "$(git rev-parse HEAD)" = "$GITHUB_SHA" && test -f README.md
        - uses: actions/checkout@v5
          with:
            repository: ${{ github.event.pull_request.head.repo.full_name }}
            ref: ${{ github.head_ref }}
        - run: test "$(git rev-parse HEAD)" = "${{ github.event.pull_request.head.sha }}"
        """
    settings = {"token_service": {"url": "http://127.0.0.1:1", "credential": "x"}}
    known: dict[str, Any] = {
        "secrets": {"S": "s3cret"},
        "variables": {"V": "v"},
        "environments": {"dev": {"secrets": {"S": "e"}, "variables": {"V": "e"}}},
    }
    keys = {"permissions": "{id-token: write, contents: write}", "environment": "dev"}
    result = run(tmp_path, job(steps, **keys), event="pull_request", fork=True, settings=settings, **known)
    assert result.conclusion == "success"
    log = result.jobs["a"].log
    assert "GITHUB_TOKEN Permissions\nContents: read\nIdToken: read\nMetadata: read\n" in log


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"pull_request": {}, "number": 1}, "pull_request"),
        ({"ref": "refs/heads/x", "before": "0", "after": "1"}, "push"),
        ({"release": {"tag_name": "v1"}}, "release"),
        ({"merge_group": {}}, "merge_group"),
        ({"schedule": "0 0 * * *"}, "schedule"),
        ({"ref": "refs/heads/x", "inputs": {"n": 1, "b": True, "s": "x"}}, "workflow_dispatch"),
    ],
)
def test_a_file_shows_its_event(tmp_path: Path, payload: dict[str, Any], name: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(payload))
    trigger = parse(["wf.yml", "--event", str(file)]).trigger
    assert (trigger["event"], trigger["payload"]) == (name, payload)
    inputs = {"n": "1", "b": "true", "s": "x"} if name == "workflow_dispatch" else {}
    assert trigger["inputs"] == inputs
    named = parse(["wf.yml", "--event", "push", "--event-file", str(file), "--immutable-subject"]).trigger
    assert (named["event"], named["payload"], named["settings"]) == ("push", payload, {"immutable_sub": True})

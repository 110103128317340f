"""The testbed's GitHub: bare repositories, and the events that start workflows."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from testbed.errors import TestbedError

AUTHOR = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (
        ("NAME", "octocat"),
        ("EMAIL", "octocat@example.com"),
        ("DATE", "2026-01-01T00:00:00Z"),
    )
}
NO_COMMIT = "0" * 40


def publish(directory: Path, repository: str, ref: str, github: Path) -> str:
    """Make `directory`'s HEAD the commit of `ref` in github/OWNER/NAME.git, and return it.

    A directory that is no repository of its own is published as it stands, as one commit.
    """
    if not directory.is_dir():
        raise TestbedError(f"{directory} is not a directory", "Name the repository to publish.")
    bare = github / f"{repository}.git"
    if not bare.exists():
        bare.parent.mkdir(parents=True, exist_ok=True)
        _git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        # A runner fetches commits, not only branches, as from GitHub.
        _git("-C", str(bare), "config", "uploadpack.allowAnySHA1InWant", "true")
    if (directory / ".git").exists():
        _git("-C", str(directory), "push", "--quiet", "--force", str(bare), f"HEAD:{ref}")
        return _git("-C", str(directory), "rev-parse", "HEAD")
    return _publish_snapshot(directory, bare, ref)


def _publish_snapshot(directory: Path, bare: Path, ref: str) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        where = ("--git-dir", scratch, "--work-tree", str(directory))
        _git("init", "--quiet", "--bare", "--initial-branch=main", scratch)
        _git(*where, "add", "--all")
        _git(*where, "commit", "--quiet", "--allow-empty", "--message", "Publish")
        _git("--git-dir", scratch, "push", "--quiet", "--force", str(bare), f"HEAD:{ref}")
        return _git("--git-dir", scratch, "rev-parse", "HEAD")


def _git(*arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", "-c", "core.fileMode=true", *arguments]
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **AUTHOR}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(
            f"git {' '.join(arguments)} failed: {done.stderr.strip()}", "Has the repository a commit?"
        )
    return done.stdout.strip()


def payload(event: str, repository: str, ref: str, sha: str) -> dict[str, Any]:
    """The parts of a webhook's body that workflows read.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads
    """
    owner, _, name = repository.partition("/")
    common = {
        "repository": {
            "name": name,
            "full_name": repository,
            "owner": {"login": owner},
            "private": True,
            "default_branch": "main",
            "html_url": f"https://github.com/{repository}",
        },
        "sender": {"login": "octocat"},
    }
    if event == "push":
        head = {"id": sha, "message": "Publish", "author": {"name": "octocat"}}
        return {**common, "ref": ref, "before": NO_COMMIT, "after": sha, "head_commit": head}
    if event == "pull_request":
        number = int(ref.split("/")[2]) if ref.startswith("refs/pull/") else 1
        sides = {"head": {"ref": "feature", "sha": sha}, "base": {"ref": "main", "sha": NO_COMMIT}}
        return {
            **common,
            "action": "opened",
            "number": number,
            "pull_request": {"number": number, "title": "A change", **sides},
        }
    return {**common, "ref": ref, "inputs": {}}

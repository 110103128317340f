"""The parts of webhooks' bodies that workflows read. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from dataclasses import dataclass
from typing import Any

from testbed.errors import TestbedError
from testbed.git import Commit
from testbed.github import DEFAULT_BRANCH, NO_COMMIT, Proposed, Pushed

Body = dict[str, Any]
IDS = {"repository": 2001, "owner": 1001, "actor": 3001}
FORK_IDS = {"repository": 2002, "owner": 3002, "actor": 3002}
# Commits are those that were published here, whatever a payload from elsewhere says.
COMMITS = ("after", "before", "sha", "head_sha", "base_sha", "merge_commit_sha", "head_commit", "commits")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where it happens, and who does it."""

    repository: str  # OWNER/NAME
    actor: str
    head_repository: str = ""  # of a pull request

    @property
    def common(self) -> Body:
        owner = self.repository.partition("/")[0]
        return {
            "repository": repository(self.repository),
            "organization": {"login": owner, "id": IDS["owner"]},
            "sender": user(self.actor, forker=self.forked),
        }

    @property
    def forked(self) -> bool:
        return self.head_repository not in ("", self.repository)


def user(login: str, *, forker: bool = False) -> Body:
    number = (FORK_IDS if forker else IDS)["actor"]
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": number, "type": kind, "html_url": f"https://github.com/{login}"}


def repository(full_name: str, *, fork: bool = False) -> Body:
    owner, _, name = full_name.partition("/")
    ids = FORK_IDS if fork else IDS
    return {
        "id": ids["repository"],
        "name": name,
        "full_name": full_name,
        "owner": {"login": owner, "id": ids["owner"], "type": "User" if fork else "Organization"},
        "private": True,
        "visibility": "private",
        "fork": fork,
        "default_branch": DEFAULT_BRANCH,
        "html_url": f"https://github.com/{full_name}",
        "clone_url": f"https://github.com/{full_name}.git",
    }


def _commit(commit: Commit, scene: Scene) -> Body:
    person = {"name": commit.name, "email": commit.email}
    return {
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message.strip(),
        "timestamp": commit.date,
        "url": f"https://github.com/{scene.repository}/commit/{commit.id}",
        "author": person,
        "committer": person,
    }


def push(scene: Scene, ref: str, pushed: Pushed, commit: Commit) -> Body:
    head = _commit(commit, scene)
    return {
        **scene.common,
        "ref": ref,
        "before": pushed.before,
        "after": pushed.sha,
        "base_ref": None,
        "created": pushed.before == NO_COMMIT,
        "deleted": False,
        "forced": False,
        "compare": f"https://github.com/{scene.repository}/compare/{pushed.before[:12]}...{pushed.sha[:12]}",
        "commits": [head],
        "head_commit": head,
        "pusher": {"name": scene.actor, "email": f"{scene.actor}@example.com"},
    }


def pull_request(scene: Scene, number: int, branches: tuple[str, str], commits: Proposed) -> Body:
    """`branches`: the head's and the base's."""
    where = f"https://github.com/{scene.repository}/pull/{number}"
    author = user(scene.actor, forker=scene.forked)
    return {
        **scene.common,
        "action": "opened",
        "number": number,
        "pull_request": {
            "id": number,
            "number": number,
            "state": "open",
            "draft": False,
            "locked": False,
            "merged": False,
            "mergeable": True,
            "title": "A change",
            "body": None,
            "labels": [],
            "user": author,
            "author_association": "CONTRIBUTOR" if scene.forked else "MEMBER",
            "html_url": where,
            "merge_commit_sha": commits.merge,
            "head": _side(scene.head_repository, branches[0], commits.head, fork=scene.forked),
            "base": _side(scene.repository, branches[1], commits.base),
        },
    }


def _side(name: str, branch: str, sha: str, *, fork: bool = False) -> Body:
    owner = name.partition("/")[0]
    repo = repository(name, fork=fork)
    return {"label": f"{owner}:{branch}", "ref": branch, "sha": sha, "user": repo["owner"], "repo": repo}


def release(scene: Scene, tag: str) -> Body:
    return {
        **scene.common,
        "action": "published",
        "release": {
            "id": 1,
            "tag_name": tag,
            "name": tag,
            "target_commitish": DEFAULT_BRANCH,
            "draft": False,
            "prerelease": "-" in tag,
            "body": "",
            "author": user(scene.actor),
            "assets": [],
            "html_url": f"https://github.com/{scene.repository}/releases/tag/{tag}",
        },
    }


def merge_group(scene: Scene, refs: tuple[str, str], commits: Proposed, commit: Commit) -> Body:
    """`refs`: the head's and the base's, in full."""
    return {
        **scene.common,
        "action": "checks_requested",
        "merge_group": {
            "head_sha": commits.merge,
            "head_ref": refs[0],
            "base_sha": commits.base,
            "base_ref": refs[1],
            "head_commit": _commit(commit, scene),
        },
    }


def dispatch(scene: Scene, ref: str, workflow: str, inputs: dict[str, str]) -> Body:
    return {**scene.common, "ref": ref, "workflow": workflow, "inputs": inputs}


def over(made: Body, given: Body) -> Body:
    """What is given says more, or otherwise; all else, and the commits, stay as they were made."""
    found = dict(made)
    for key, value in given.items():
        if key in COMMITS and key in made:
            continue
        inner = made.get(key)
        if isinstance(inner, dict) and not isinstance(value, dict):
            raise TestbedError(f"{key} in the payload is {value!r}", "It is an object, as in GitHub's.")
        found[key] = over(inner, value) if isinstance(inner, dict) else value
    return found


def event_of(payload: Body) -> str:
    """Which event a payload is of; nothing where its keys don't tell."""
    for name in ("pull_request", "merge_group", "release", "schedule"):
        if name in payload:
            return name
    if payload.keys() & {"after", "before", "commits", "head_commit", "pusher"}:
        return "push"
    return "workflow_dispatch" if payload.keys() & {"inputs", "workflow"} else ""

"""What happens in a repository and starts workflows: the ref, commit, people and payload of each event.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testbed import github, payloads
from testbed.errors import TestbedError
from testbed.git import Repository, is_ref
from testbed.payloads import Scene

BRANCH, TAG = "refs/heads/", "refs/tags/"
DEFAULT = f"{BRANCH}{github.DEFAULT_BRANCH}"
PERSON, STRANGER, QUEUE = "octocat", "contributor", "github-merge-queue[bot]"
FIRST_TAG = "v1.0.0"
PULL = re.compile(r"refs/pull/(\d+)/merge")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is said of the event; the rest is made up."""

    event: str
    repository: str  # OWNER/NAME
    workflow: str  # path in the repository
    ref: str = ""
    actor: str = ""
    fork: bool = False  # a pull request from a fork
    payload: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Event:
    """As GitHub knows it when it starts workflows."""

    ref: str
    sha: str
    actor: str
    payload: dict[str, Any]
    ids: dict[str, str]
    changed_files: list[str] | None = None


def happen(wish: Wish, directory: Path, folder: Path) -> Event:
    """Publish `directory` in the repositories below `folder`, as the event has it.

    Raises TestbedError for an event, a ref or a fork that can't be.
    """
    make = _MAKERS.get(wish.event)
    if make is None:
        raise TestbedError(
            f"there is no event {wish.event!r} in the testbed", f"Events: {', '.join(_MAKERS)}."
        )
    if wish.fork and wish.event != "pull_request":
        raise TestbedError(f"a {wish.event} can't come from a fork", "Only --event pull_request can.")
    return make(wish, directory, folder)


def _push(wish: Wish, directory: Path, folder: Path) -> Event:
    ref = _ref(wish, _said(wish, "ref") or DEFAULT)
    pushed = github.push(directory, wish.repository, ref, folder)
    commit = Repository.open(folder, wish.repository).commit(pushed.sha)
    body = payloads.push(_scene(wish), ref, pushed, commit)
    return _event(wish, ref, pushed.sha, body, pushed.changed)


def _pull_request(wish: Wish, directory: Path, folder: Path) -> Event:
    """On the merge of both sides; closed as merged, it is about the branch that it went into."""
    number = _number(wish)
    head = _said(wish, "pull_request", "head", "ref") or "feature"
    base = _said(wish, "pull_request", "base", "ref") or github.DEFAULT_BRANCH
    commits = github.propose(directory, wish.repository, base, folder)
    scene = _scene(wish, _head_repository(wish))
    merge_ref = f"refs/pull/{number}/merge"
    for sha, ref in ((commits.head, f"refs/pull/{number}/head"), (commits.merge, merge_ref)):
        github.mirror(folder, wish.repository, wish.repository, sha, ref)
    github.mirror(folder, wish.repository, scene.head_repository, commits.head, f"{BRANCH}{head}")
    body = payloads.over(payloads.pull_request(scene, number, (head, base), commits), wish.payload)
    ref = f"{BRANCH}{base}" if body["pull_request"]["merged"] else merge_ref
    return _event(wish, ref, commits.merge, body, commits.changed)


def _head_repository(wish: Wish) -> str:
    """A payload from elsewhere says by different names that it is about a fork."""
    head, base = (_said(wish, "pull_request", side, "repo", "full_name") for side in ("head", "base"))
    if head and head != (base or wish.repository):
        return head
    return f"{STRANGER}/{wish.repository.partition('/')[2]}" if wish.fork else wish.repository


def _number(wish: Wish) -> int:
    said = wish.payload.get("number") or _said(wish, "pull_request", "number") or 1
    ref = wish.ref or f"refs/pull/{said}/merge"
    found = PULL.fullmatch(ref)
    if found is None:
        raise TestbedError(f"a pull_request isn't about {ref}", "Its ref is refs/pull/NUMBER/merge.")
    return int(found[1])


def _release(wish: Wish, directory: Path, folder: Path) -> Event:
    ref = _ref(wish, f"{TAG}{_said(wish, 'release', 'tag_name') or FIRST_TAG}", (TAG,))
    pushed = github.push(directory, wish.repository, ref, folder)
    return _event(wish, ref, pushed.sha, payloads.release(_scene(wish), ref.removeprefix(TAG)))


def _schedule(wish: Wish, directory: Path, folder: Path) -> Event:
    """On the default branch alone; which of the workflow's entries it is, its file says."""
    ref = _ref(wish, DEFAULT, (DEFAULT,))
    pushed = github.push(directory, wish.repository, ref, folder)
    return _event(wish, ref, pushed.sha, _scene(wish).common)


def _workflow_dispatch(wish: Wish, directory: Path, folder: Path) -> Event:
    ref = _ref(wish, _said(wish, "ref") or DEFAULT)
    pushed = github.push(directory, wish.repository, ref, folder)
    body = payloads.dispatch(_scene(wish), ref, wish.workflow, wish.inputs)
    return _event(wish, ref, pushed.sha, body)


def _merge_group(wish: Wish, directory: Path, folder: Path) -> Event:
    base_ref = _said(wish, "merge_group", "base_ref") or DEFAULT
    branch = base_ref.removeprefix(BRANCH)
    commits = github.propose(directory, wish.repository, branch, folder)
    queue = f"{BRANCH}gh-readonly-queue/"
    made_up = f"{queue}{branch}/pr-1-{commits.base}"
    ref = _ref(wish, _said(wish, "merge_group", "head_ref") or made_up, (queue,))
    github.mirror(folder, wish.repository, wish.repository, commits.merge, ref)
    commit = Repository.open(folder, wish.repository).commit(commits.merge)
    body = payloads.merge_group(_scene(wish), (ref, base_ref), commits, commit)
    return _event(wish, ref, commits.merge, body)


_MAKERS: dict[str, Callable[[Wish, Path, Path], Event]] = {
    "push": _push,
    "pull_request": _pull_request,
    "release": _release,
    "schedule": _schedule,
    "workflow_dispatch": _workflow_dispatch,
    "merge_group": _merge_group,
}
NAMES = tuple(_MAKERS)


def _said(wish: Wish, *keys: str) -> str:
    """What the given payload says there, or nothing."""
    found: Any = wish.payload
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return str(found or "")


def _ref(wish: Wish, otherwise: str, kinds: tuple[str, ...] = (BRANCH, TAG)) -> str:
    """`kinds` are refs, or with a slash at the end the beginnings of refs."""
    ref = wish.ref or otherwise
    if ref in kinds and not ref.endswith("/"):
        return ref
    if not any(ref.startswith(kind) and kind.endswith("/") for kind in kinds) or not is_ref(ref):
        wanted = " or ".join(kind + "NAME" if kind.endswith("/") else kind for kind in kinds)
        raise TestbedError(f"a {wish.event} isn't about {ref}", f"Its ref is {wanted}, in full.")
    return ref


def _scene(wish: Wish, head_repository: str = "") -> Scene:
    forked = head_repository not in ("", wish.repository)
    made_up = STRANGER if forked else QUEUE if wish.event == "merge_group" else PERSON
    actor = wish.actor or _said(wish, "sender", "login") or made_up
    return Scene(repository=wish.repository, actor=actor, head_repository=head_repository)


def _event(wish: Wish, ref: str, sha: str, body: payloads.Body, changed: list[str] | None = None) -> Event:
    body = payloads.over(body, wish.payload)
    sender = body["sender"]
    ids = {**payloads.IDS, "actor": sender["id"]}
    return Event(
        ref=ref,
        sha=sha,
        actor=wish.actor or sender["login"],
        payload=body,
        ids={name: str(number) for name, number in ids.items()},
        changed_files=changed,
    )

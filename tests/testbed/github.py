"""The testbed's GitHub: what is published in it, as a branch, a tag or a pull request."""

from dataclasses import dataclass
from pathlib import Path

from testbed.errors import TestbedError
from testbed.git import Repository

DEFAULT_BRANCH = "main"
NO_COMMIT = "0" * 40


@dataclass(frozen=True, kw_only=True)
class Pushed:
    sha: str
    before: str  # what the ref pointed to; NO_COMMIT for a new one
    changed: list[str] | None


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A pull request's commits: its head, its base, and the merge of both, which workflows run on."""

    head: str
    base: str
    merge: str
    changed: list[str] | None


def publish(directory: Path, repository: str, ref: str, github: Path) -> str:
    """The commit that `push` makes."""
    return push(directory, repository, ref, github).sha


def push(directory: Path, repository: str, ref: str, github: Path) -> Pushed:
    """Make `directory`'s HEAD the commit of `ref` in github/OWNER/NAME.git.

    A directory that is no repository of its own is published as it stands, as one commit.
    What is there already is pushed once more, as if it were new: GitHub would start nothing.
    """
    bare = _open(directory, repository, github)
    before = bare.resolve(ref)
    if (directory / ".git").exists():
        if bare.has_changes(directory):
            print(f"{directory} has changes that aren't committed: its last commit is published.")
        sha = bare.fetch(directory, ref)
    else:
        sha = bare.snapshot(directory)
        bare.point(ref, sha)
    if before == sha:
        before = bare.resolve(f"{sha}^")
    base = before or bare.base_of_new(ref, sha)
    return Pushed(sha=sha, before=before or NO_COMMIT, changed=bare.changed(base, sha))


def propose(directory: Path, repository: str, branch: str, github: Path) -> Proposed:
    """Make `directory`'s HEAD a change to `branch`, and merge the two as GitHub does.

    Its base is the published branch; if that has the change already, or isn't there, it is what came before.
    """
    bare = _open(directory, repository, github)
    tip = bare.resolve(f"refs/heads/{branch}")
    if (directory / ".git").exists():
        head = bare.fetch(directory, "refs/testbed/head")
        base = tip if tip and not bare.contains(tip, head) else bare.resolve(f"{head}^") or bare.empty()
    else:
        base = tip or bare.empty()
        head = bare.snapshot(directory, base)
    if not tip:
        bare.point(f"refs/heads/{branch}", base)
    merge = bare.merge(base, head, f"Merge {head} into {base}")
    changed = bare.changed(base, head, three_dots=True)
    return Proposed(head=head, base=base, merge=merge, changed=changed)


def mirror(github: Path, source: str, target: str, sha: str, ref: str) -> None:
    """Let `ref` of the repository `target` be a commit of `source`."""
    here = Repository.open(github, source)
    if source == target:
        here.point(ref, sha)
    else:
        here.call("push", "--quiet", "--force", str(Repository.open(github, target).bare), f"{sha}:{ref}")


def _open(directory: Path, repository: str, github: Path) -> Repository:
    if not directory.is_dir():
        raise TestbedError(f"{directory} is not a directory", "Name the repository to publish.")
    return Repository.open(github, repository)

"""git, on the bare repositories that stand for GitHub's."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

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
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git knows it without having it
ALWAYS_RUNS = 1000  # commits: for more than these GitHub looks at no paths
FIELDS = "%H%x00%T%x00%an%x00%ae%x00%aI%x00%B"


@dataclass(frozen=True)
class Commit:
    id: str
    tree: str
    name: str
    email: str
    date: str
    message: str


def git(*arguments: str, **env: str) -> str:
    done = _call(arguments, env)
    if done.returncode:
        empty = "src refspec HEAD does not match" in done.stderr
        hint = "Has the repository a commit?" if empty else "Is the folder whole, and readable for root?"
        raise TestbedError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}", hint)
    return done.stdout.strip()


def _call(arguments: tuple[str, ...], env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-c", "safe.directory=*", "-c", "core.fileMode=true", *arguments]
    own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **AUTHOR}
    return subprocess.run(command, env={**own, **env}, capture_output=True, text=True, check=False)


def is_ref(name: str) -> bool:
    """https://git-scm.com/docs/git-check-ref-format"""
    return not _call(("check-ref-format", name), {}).returncode


@dataclass(frozen=True)
class Repository:
    bare: Path

    @classmethod
    def open(cls, github: Path, name: str) -> "Repository":
        """github/OWNER/NAME.git, made on its first use."""
        bare = github / f"{name}.git"
        if not bare.exists():
            bare.parent.mkdir(parents=True, exist_ok=True)
            git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
            # A runner fetches commits, not only branches, as from GitHub.
            git("-C", str(bare), "config", "uploadpack.allowAnySHA1InWant", "true")
        return cls(bare)

    def call(self, *arguments: str, **env: str) -> str:
        return git("-C", str(self.bare), *arguments, **env)

    def resolve(self, revision: str) -> str:
        """A commit's id, or nothing."""
        found = _call(
            ("-C", str(self.bare), "rev-parse", "--quiet", "--verify", f"{revision}^{{commit}}"), {}
        )
        return found.stdout.strip()

    def point(self, ref: str, sha: str) -> None:
        self.call("update-ref", ref, sha)

    def fetch(self, directory: Path, ref: str) -> str:
        """The HEAD of a repository, as `ref`."""
        git("-C", str(directory), "push", "--quiet", "--force", str(self.bare), f"HEAD:{ref}")
        return self.resolve(ref)

    @staticmethod
    def has_changes(directory: Path) -> bool:
        """Whether there is anything that a fetch of its HEAD leaves out."""
        return bool(git("-C", str(directory), "status", "--porcelain"))

    def snapshot(self, directory: Path, parent: str = "") -> str:
        """A directory as it stands, as one commit."""
        directory = directory.resolve()  # git looks for relative ones below the work tree
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            where = ("--git-dir", str(self.bare), "--work-tree", str(directory))
            git(*where, "add", "--all", "--", str(directory), **index)
            tree = git(*where, "write-tree", **index)
        return self.commit_tree(tree, *filter(None, [parent]), message="Publish")

    def commit_tree(self, tree: str, *parents: str, message: str) -> str:
        given = [word for parent in parents for word in ("-p", parent)]
        return self.call("commit-tree", tree, *given, "-m", message)

    def empty(self) -> str:
        """A first commit without files."""
        return self.commit_tree(EMPTY_TREE, message="Initial commit")

    def merge(self, base: str, head: str, message: str) -> str:
        """GitHub's merge commit. Raises TestbedError when the two conflict."""
        done = _call(("-C", str(self.bare), "merge-tree", "--write-tree", "--name-only", base, head), {})
        if done.returncode:
            files = ", ".join(done.stdout.split("\n\n")[0].splitlines()[1:])
            raise TestbedError(
                f"the pull request conflicts with its base ({files or done.stderr.strip()}):"
                " GitHub starts no workflow then",
                "Merge the base into it, or `./testbed down` to forget what was published before.",
            )
        return self.commit_tree(done.stdout.split("\n")[0], base, head, message=message)

    def contains(self, commit: str, other: str) -> bool:
        """Whether `other` is `commit` or one that came before it."""
        return not _call(("-C", str(self.bare), "merge-base", "--is-ancestor", other, commit), {}).returncode

    def commit(self, sha: str) -> Commit:
        return Commit(*self.call("log", "-1", f"--format={FIELDS}", sha).split("\0", 5))

    def changed(self, base: str, head: str, *, three_dots: bool = False) -> list[str] | None:
        """Files that differ; without a base, all. None when there are too many commits to look.

        https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#git-diff-comparisons
        """
        if int(self.call("rev-list", "--count", head, *filter(None, [base and f"^{base}"]))) > ALWAYS_RUNS:
            return None
        ends = [f"{base}...{head}"] if three_dots else [base or EMPTY_TREE, head]
        return self.call("diff", "--name-only", "--no-renames", *ends).splitlines()

    def base_of_new(self, ref: str, sha: str) -> str:
        """The parent of the deepest commit that only the new branch has; its own if it has none alone."""
        own = self.call("rev-list", sha, "--not", f"--exclude={ref}", "--all").splitlines()
        return self.resolve(f"{own[-1] if own else sha}^")

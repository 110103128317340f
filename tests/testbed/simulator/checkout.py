"""`actions/checkout`, answered from the bare repositories that stand for GitHub.

https://github.com/actions/checkout#usage
"""

import shutil
from pathlib import Path

from .environment import process_environment
from .errors import StepFailure
from .script import execute, which
from .state import Frame

SUPPORTED = (
    "repository",
    "ref",
    "path",
    "fetch-depth",
    "clean",
    "token",
    "persist-credentials",
    "set-safe-directory",
)
WITHOUT_EFFECT = ("fetch-tags", "show-progress", "lfs", "submodules", "github-server-url", "ssh-strict")


def run(frame: Frame, given: dict[str, str]) -> None:
    for name, value in given.items():
        if name not in SUPPORTED and not (name in WITHOUT_EFFECT and value in ("", "false", "true")):
            raise StepFailure(f"The simulator's actions/checkout does not support the input '{name}'")
    repository = given.get("repository") or frame.job.config.repository
    source = frame.job.config.github / f"{repository}.git"
    if not source.is_dir():
        raise StepFailure(f"Not Found: the repository {repository} is not published (looked for {source})")
    target = frame.job.folders.workspace / given.get("path", "")
    if not target.is_relative_to(frame.job.folders.workspace):
        raise StepFailure(f"Repository path '{target}' is not under '{frame.job.folders.workspace}'")
    _empty(target)
    own = repository == frame.job.config.repository
    ref = given.get("ref") or (frame.job.config.ref if own else "HEAD")
    commit = frame.job.config.sha if own and not given.get("ref") else ""
    _clone(frame, source, target, (repository, ref, commit, given.get("fetch-depth", "1")))


def _empty(folder: Path) -> None:
    """What an earlier job left; a container's files may be root's, and then the real action fails as well."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    except OSError as error:
        message = f"File was unable to be removed Error: {error.strerror}: '{error.filename}'"
        raise StepFailure(message) from error


def _clone(frame: Frame, source: Path, target: Path, what: tuple[str, str, str, str]) -> None:
    repository, ref, commit, depth = what
    job = frame.job
    config = job.folders.temp / "_checkout.gitconfig"  # the bare repository belongs to another user
    config.write_text("[safe]\n\tdirectory = *\n[advice]\n\tdetachedHead = false\n")
    env = {**process_environment(job, {}), "GIT_CONFIG_GLOBAL": str(config), "GIT_TERMINAL_PROMPT": "0"}
    git = which("git", job)

    def call(*arguments: str) -> None:
        argv = [git, *arguments]
        job.log.write(f"##[command]{' '.join(argv)}")
        if exit_code := execute(frame, argv, env, target):
            raise StepFailure(f"The process '{git}' failed with exit code {exit_code}")

    limit = [] if depth == "0" else [f"--depth={depth}"]
    call("init", "--quiet", str(target))
    call("remote", "add", "origin", f"https://github.com/{repository}")
    call("fetch", "--quiet", "--no-tags", *limit, f"file://{source}", commit or ref)
    branch = ref.removeprefix("refs/heads/")
    local = ["-B", branch] if ref.startswith("refs/heads/") else ["--detach"]
    call("checkout", "--quiet", "--force", *local, "FETCH_HEAD")
    frame.set_output("ref", ref)
    frame.set_output("commit", commit or _head(target))


def _head(target: Path) -> str:
    head = (target / ".git" / "HEAD").read_text().strip()
    if head.startswith("ref: "):
        head = (target / ".git" / head.removeprefix("ref: ")).read_text().strip()
    return head

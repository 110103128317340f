"""The example app as a repository of its own, and the ways to break it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.paths import ROOT

WORKFLOW = Path(".github/workflows/deploy.yml")
AUTHOR = ("-c", "user.name=Example", "-c", "user.email=example@users.noreply.github.com")


def checkout(folder: Path) -> Path:
    """The example in `folder`, as it is in examples/ now; its history is kept, nothing is committed."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    for entry in folder.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.copytree(ROOT / "examples" / "app", folder, dirs_exist_ok=True)
    (folder / WORKFLOW).parent.mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "workflows" / "deploy.yml", folder / WORKFLOW)
    return folder


def commit(folder: Path, message: str) -> str:
    """Commit what has changed, if anything has; the commit's id."""
    git(folder, "add", "--all")
    if git(folder, "status", "--porcelain"):
        git(folder, *AUTHOR, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if old not in text:
        raise ValueError(f"{file.name} no longer has {old!r}")
    file.write_text(text.replace(old, new))


def _image(folder: Path) -> None:
    nowhere = "${{ env.REGISTRY }}/app@sha256:" + "0" * 64
    replace(folder / WORKFLOW, "${{ needs.build.outputs.image }}", nowhere)


def _crash(folder: Path) -> None:
    replace(
        folder / "app.py",
        'if __name__ == "__main__":\n',
        'if __name__ == "__main__":\n    raise SystemExit("DATABASE_URL is not set")\n',
    )


def _denied(folder: Path) -> None:
    replace(folder / WORKFLOW, "    environment: dev\n", "")


def _no_id_token(folder: Path) -> None:
    replace(
        folder / WORKFLOW,
        "      id-token: write # lets assume-role prove to AWS which repository and environment this is\n",
        "",
    )


BREAKS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "image": ("an image that isn't in the registry", _image),
    "crash": ("a container that ends as soon as it starts", _crash),
    "denied": ("a job that the role's trust policy does not let in", _denied),
    "no-id-token": ("a job without `id-token: write`", _no_id_token),
}

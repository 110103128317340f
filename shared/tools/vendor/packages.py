"""Locked packages put into a folder, source only and pruned to what an action uses."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tools.paths import ROOT
from tools.vendor import lockfile
from tools.vendor.contents import IMAGE_PLATFORM, IMAGE_PYTHON

UV = ROOT / "build" / "uv" / "bin" / "uv"
# What pip leaves about an installation; METADATA and licences stay, as their terms ask.
INSTALLATION_NOTES = (
    "INSTALLER",
    "RECORD",
    "REQUESTED",
    "WHEEL",
    "direct_url.json",
    "top_level.txt",
    "uv_cache.json",
)
# Of actions-toolkit only these are light and pure: its `core` imports requests, its `github` PyGithub.
ACTIONS_TOOLKIT = {"__init__.py", "command.py", "file_command.py", "utils.py"}


class NotPortable(Exception):
    """A compiled file got into a folder that any Python on any runner must be able to read."""


def install(names: Iterable[str], target: Path, *, image: bool = False) -> None:
    """Install these locked packages, hash-checked; for the image's platform or as pure Python."""
    platform = ["--python-platform", IMAGE_PLATFORM, "--python-version", IMAGE_PYTHON]
    with tempfile.NamedTemporaryFile("w", suffix=".lock") as part:
        part.write(lockfile.subset((ROOT / "requirements.lock").read_text(), names))
        part.flush()
        command = [
            str(UV),
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--link-mode",
            "copy",
        ]
        command += ["--python", str(ROOT / ".venv" / "bin" / "python"), "--target", str(target)]
        command += [*platform, "--only-binary", ":all:"] if image else ["--python-version", "3.10"]
        subprocess.run([*command, "-r", part.name], check=True)
    tidy(target)


def tidy(target: Path) -> None:
    """Remove what no action needs and what would differ from one machine to the next."""
    # `tests`: actions-toolkit's wheel installs its own at the top level.
    for folder in ("bin", "tests", ".lock"):
        path = target / folder
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for cache in list(target.rglob("__pycache__")):
        shutil.rmtree(cache)
    for info in target.glob("*.dist-info"):
        for name in INSTALLATION_NOTES:
            (info / name).unlink(missing_ok=True)
    for stub in target.rglob("*.pyi"):
        stub.unlink()


def prune_botocore(target: Path, services: Iterable[str]) -> None:
    """Keep the API models of these services: botocore ships 440 of them, 19 MB."""
    for folder in (target / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    for example in (target / "botocore" / "data").rglob("examples-1.json"):
        example.unlink()


def prune_actions_toolkit(target: Path) -> None:
    for module in (target / "actions_toolkit").iterdir():
        if module.name not in ACTIONS_TOOLKIT:
            module.unlink()


def require_source_only(target: Path) -> None:
    """Refuse compiled files: `_vendor/` is read by every Python from 3.10 on, on any platform."""
    if compiled := [
        str(p.relative_to(target)) for p in target.rglob("*") if p.suffix in {".so", ".pyc", ".pyd"}
    ]:
        raise NotPortable(f"compiled files in {target.name}: {', '.join(compiled)}")

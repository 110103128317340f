"""What a tag holds: the same bytes twice, and all that an action runs on."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from testbed import paths
from testbed.organisation import Organisation
from tools import releases
from tools.paths import ACTIONS, ROOT
from tools.vendor.tree import export, vendor

PYTHON = "/usr/bin/python3"


def digest(tree: Path) -> str:
    found = hashlib.sha256()
    for file in sorted(p for p in tree.rglob("*") if p.is_file()):
        mode = file.stat().st_mode & 0o111
        found.update(f"{file.relative_to(tree)} {mode:o}\n".encode() + file.read_bytes())
    return found.hexdigest()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_release_tree_is_reproducible(action: str, org: Organisation, tmp_path: Path) -> None:
    vendor(action)
    export(action, tmp_path / action)
    assert digest(tmp_path / action) == digest(paths.state() / "actions" / org.github / action / releases.REF)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_release_tree_holds_no_bytecode_and_no_link_out_of_itself(action: str, tmp_path: Path) -> None:
    export(action, tmp_path / action)
    files = list((tmp_path / action).rglob("*"))
    assert [f for f in files if f.suffix == ".pyc" or f.is_symlink()] == []


@pytest.mark.parametrize("action", ["assume-role", "build-push"])
def test_a_release_tree_starts_on_a_python_without_packages(action: str, tmp_path: Path) -> None:
    export(action, tmp_path / action)
    done = subprocess.run(
        [PYTHON, "-ISBu", str(tmp_path / action / "entrypoint.py")],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "Not inside a runner" in done.stdout


@pytest.mark.parametrize("action", ACTIONS)
def test_the_working_tree_says_that_it_is_no_action(action: str, tmp_path: Path) -> None:
    for name in ("entrypoint.py", "action.yml"):
        (tmp_path / name).write_bytes((ROOT / action / name).read_bytes())
    done = subprocess.run(
        [PYTHON, "-ISBu", str(tmp_path / "entrypoint.py")],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "make vendor" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr

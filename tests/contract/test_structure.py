"""The rules of CONTRIBUTING.md that a machine can keep."""

import ast
import re
from pathlib import Path

import pytest

from actionkit.version import VERSION
from tools.paths import ROOT

PACKAGES = [
    ROOT / "shared" / "actionkit",
    ROOT / "shared" / "tools",
    ROOT / "assume-role" / "assume_role",
    ROOT / "build-push" / "build_push",
    ROOT / "eks-deploy" / "eks_deploy",
    ROOT / "tests" / "testbed",
]
MODULES = sorted(m for package in PACKAGES for m in package.rglob("*.py") if "selftest" not in m.parts)

# What decides is pure: these modules see values, never the world.
PURE = {
    *("settings", "plan", "command", "reference", "lists", "target", "build_context"),
    *("documents", "images", "manifest", "manifests", "order", "podspecs", "conflicts", "verdict", "changes"),
    *("batch", "judge", "others", "state", "workloads"),  # eks-deploy's readiness
}
WORLD = {"boto3", "botocore", "kubernetes", "os", "subprocess", "socket", "requests", "urllib3"}
# A seam has one door.
ONE_DOOR = {
    "subprocess": {"actionkit/process.py"},
    "actions_toolkit": {"actionkit/runner.py"},
}


def name(module: Path) -> str:
    return str(module.relative_to(ROOT))


def imports(module: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def ours(module: Path) -> bool:
    return "tests" not in module.parts and "tools" not in module.parts


@pytest.mark.parametrize("module", [m for m in MODULES if m.stem in PURE and ours(m)], ids=name)
def test_what_decides_does_not_touch_the_world(module: Path) -> None:
    assert imports(module) & WORLD == set()


def test_none_of_them_went_away_unnoticed() -> None:
    assert {m.stem for m in MODULES if ours(m)} >= PURE


@pytest.mark.parametrize("library", ONE_DOOR)
def test_each_seam_has_one_door(library: str) -> None:
    doors = {name(m).removeprefix("shared/") for m in MODULES if ours(m) and library in imports(m)}
    assert doors <= ONE_DOOR[library]


@pytest.mark.parametrize("module", [m for m in MODULES if "testbed" in m.parts], ids=name)
def test_the_testbed_does_not_know_the_actions(module: Path) -> None:
    assert imports(module) & {"actionkit", "assume_role", "build_push", "eks_deploy"} == set()


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_file_is_short_enough_to_read(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 300


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_function_is_short_enough_to_read(module: Path) -> None:
    functions = [n for n in ast.walk(ast.parse(module.read_text())) if isinstance(n, ast.FunctionDef)]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno >= 40}
    assert long == {}


def test_there_is_one_version() -> None:
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared
    assert declared[1] == VERSION

"""The rules of CONTRIBUTING.md that a machine can keep."""

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


@cache
def imports(module: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def ours(module: Path) -> bool:
    return "tests" not in module.parts and "tools" not in module.parts


def broken(rule: Callable[[Path], Any], modules: Iterable[Path]) -> dict[str, Any]:
    """What breaks the rule, by module."""
    return {name(module): found for module in modules if (found := rule(module))}


def test_what_decides_does_not_touch_the_world() -> None:
    pure = [m for m in MODULES if m.stem in PURE and ours(m)]
    assert {m.stem for m in pure} == PURE, "a module went away unnoticed"
    assert broken(lambda module: imports(module) & WORLD, pure) == {}


@pytest.mark.parametrize("library", ONE_DOOR)
def test_each_seam_has_one_door(library: str) -> None:
    doors = {name(m).removeprefix("shared/") for m in MODULES if ours(m) and library in imports(m)}
    assert doors <= ONE_DOOR[library]


def test_the_testbed_does_not_know_the_actions() -> None:
    actions = {"actionkit", "assume_role", "build_push", "eks_deploy"}
    testbed = [m for m in MODULES if "testbed" in m.parts]
    assert testbed
    assert broken(lambda module: imports(module) & actions, testbed) == {}


def test_files_are_short_enough_to_read() -> None:
    assert broken(lambda module: len(module.read_text().splitlines()) > 300, MODULES) == {}


def test_functions_are_short_enough_to_read() -> None:
    assert broken(long_functions, MODULES) == {}


def long_functions(module: Path) -> dict[str, int]:
    functions = [n for n in ast.walk(parsed(module)) if isinstance(n, ast.FunctionDef)]
    return {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno >= 40}


def test_there_is_one_version() -> None:
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared
    assert declared[1] == VERSION

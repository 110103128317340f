"""Branches in both versions of the cgroups, on plain directories that look like them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from testbed.cluster import cgroups


def version_1(root: Path) -> list[Path]:
    for name in ("cpu", "memory", "pids"):
        (root / name).mkdir()
        (root / name / "tasks").touch()
    (root / "cpuacct").symlink_to("cpu")
    (root / "notes").mkdir()
    return [root / "cpu", root / "memory", root / "pids"]


def version_2(root: Path) -> list[Path]:
    (root / "cgroup.controllers").write_text("cpuset cpu memory pids\n")
    (root / "cgroup.subtree_control").write_text("")
    return [root]


@pytest.mark.usefixtures("state_at")
@pytest.mark.parametrize("hierarchies", [version_1, version_2])
def test_a_branch_is_made_everywhere_and_only_once(
    tmp_path: Path, hierarchies: Callable[[Path], list[Path]]
) -> None:
    there = hierarchies(tmp_path)
    name = cgroups.branch("dev")
    cgroups.create(name, tmp_path)
    cgroups.create(name, tmp_path)
    assert all((hierarchy / name).is_dir() for hierarchy in there)
    assert cgroups.branches(tmp_path) == [name]


def test_version_2_hands_every_controller_down(tmp_path: Path) -> None:
    version_2(tmp_path)
    cgroups.create("ea-dev", tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpuset +cpu +memory +pids"


def test_a_branch_goes_with_all_below_it(tmp_path: Path) -> None:
    memory = version_1(tmp_path)[1]
    (memory / "ea-dev/kubepods/pod1").mkdir(parents=True)
    cgroups.remove("ea-dev", tmp_path)
    assert not (memory / "ea-dev").exists()
    assert memory.exists()
    cgroups.remove("ea-dev", tmp_path)


@pytest.mark.usefixtures("state_at")
def test_another_state_directory_has_other_branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = cgroups.branch("dev")
    monkeypatch.setenv("EKS_ACTIONS_TESTBED", str(tmp_path / "elsewhere"))
    assert cgroups.branch("dev") != mine

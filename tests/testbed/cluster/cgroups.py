"""A cluster's own branch of the cgroups, in version 1's many hierarchies or version 2's one."""

import contextlib
import time
from pathlib import Path

from testbed import processes

ROOT = Path("/sys/fs/cgroup")


def create(name: str, root: Path = ROOT) -> None:
    """Make the branch, with every controller that the kernel offers."""
    if _unified(root):
        offered = (root / "cgroup.controllers").read_text().split()
        with contextlib.suppress(OSError):  # as in a container, where the parent decides
            (root / "cgroup.subtree_control").write_text(" ".join(f"+{c}" for c in offered))
    for hierarchy in _hierarchies(root):
        (hierarchy / name).mkdir(exist_ok=True)


def remove(name: str, root: Path = ROOT) -> None:
    """Remove the branch with all below it; processes that are still there are killed."""
    for hierarchy in _hierarchies(root):
        for group in sorted((hierarchy / name).rglob("*/"), reverse=True) + [hierarchy / name]:
            if group.is_dir():
                _remove_group(group)


def branches(prefix: str, root: Path = ROOT) -> list[str]:
    """The names of the branches there are."""
    return sorted({path.name for h in _hierarchies(root) for path in h.glob(f"{prefix}*") if path.is_dir()})


def _remove_group(group: Path, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            processes.kill(map(int, (group / "cgroup.procs").read_text().split()), 1)
            time.sleep(0.02)


def _unified(root: Path) -> bool:
    return (root / "cgroup.controllers").exists()


def _hierarchies(root: Path) -> list[Path]:
    if _unified(root):
        return [root]
    # cpu and cpuacct may be links to one hierarchy.
    return sorted({path.resolve() for path in root.iterdir() if (path / "tasks").exists() or _unified(path)})

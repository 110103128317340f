"""A cluster's own branch of the cgroups, in version 1's many hierarchies or version 2's one."""

import contextlib
import hashlib
import time
from pathlib import Path

from testbed import paths, processes
from testbed.errors import TestbedError

ROOT = Path("/sys/fs/cgroup")


def create(name: str, root: Path = ROOT) -> None:
    """Make the branch, with every controller that the kernel offers."""
    if _unified(root):
        offered = (root / "cgroup.controllers").read_text().split()
        with contextlib.suppress(OSError):  # as in a container, where the parent decides
            (root / "cgroup.subtree_control").write_text(" ".join(f"+{c}" for c in offered))
    for hierarchy in _hierarchies(root):
        (hierarchy / name).mkdir(exist_ok=True)


def limit_memory(name: str, most: int | None, root: Path = ROOT) -> None:
    """What the branch may use at most, in bytes; None: what there is. No error if the branch isn't there.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#memory and cgroup-v1/memory.html
    """
    group, file, no_limit = root / "memory" / name, "memory.limit_in_bytes", "-1"
    if _unified(root):
        group, file, no_limit = root / name, "memory.max", "max"
    if group.is_dir():
        (group / file).write_text(no_limit if most is None else str(most))


def remove(name: str, root: Path = ROOT) -> None:
    """Remove the branch with all below it; processes that are still there are killed."""
    for hierarchy in _hierarchies(root):
        below = [path for path in (hierarchy / name).rglob("*/") if path.is_dir()]
        for group in [*sorted(below, reverse=True), hierarchy / name]:
            _remove_group(group)


def branch(cluster: str) -> str:
    """The name of a cluster's branch; that of another state directory's cluster is another."""
    return f"{prefix(paths.state())}{cluster}"


def branches(root: Path = ROOT) -> list[str]:
    """The names of our branches that exist."""
    pattern = f"{prefix(paths.state())}*"
    return sorted({path.name for h in _hierarchies(root) for path in h.glob(pattern) if path.is_dir()})


def prefix(state: Path) -> str:
    """What the names of a state directory's branches begin with."""
    return f"ea-{hashlib.sha256(str(state).encode()).hexdigest()[:8]}-"


def _remove_group(group: Path, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not _removed(group):
        if time.monotonic() > deadline:
            raise TestbedError(f"{group} cannot be removed", "Look at the processes in its cgroup.procs.")
        time.sleep(0.02)


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # busy, also for a moment after its last process has died
        processes.kill(map(int, (group / "cgroup.procs").read_text().split()), 1)
        return False
    return True


def _unified(root: Path) -> bool:
    return (root / "cgroup.controllers").exists()


def _hierarchies(root: Path) -> list[Path]:
    if _unified(root):
        return [root]
    # cpu and cpuacct may be links to one hierarchy.
    return sorted({path.resolve() for path in root.iterdir() if (path / "tasks").exists() or _unified(path)})

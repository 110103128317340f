"""What the testbed needs of a machine, checked before anything is touched."""

import os
import platform
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from testbed import paths
from testbed.errors import TestbedError

# GiB. What `up` writes into the state directory takes a tenth of it; images of yours come on top. The built
# tools and base images are more, and what Go downloads and compiles to make them is most of it.
STATE_GIB = 2.0
CACHE_GIB = 5.0
NAMESPACES = ("net", "pid", "mnt", "uts")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """free: GiB that are free for a folder, by the folder, and how many are needed there."""

    system: str
    root: bool
    overlay: bool = True
    cgroups: bool = True
    namespaces: tuple[str, ...] = NAMESPACES
    free: dict[Path, tuple[float, float]] = field(default_factory=dict)


def check() -> None:
    """Raise one error that names everything that is missing."""
    refuse(this())


def require_root() -> None:
    """For what only enters a testbed or removes it."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        refuse(Machine(system=platform.system(), root=os.geteuid() == 0))


def this() -> Machine:
    if platform.system() != "Linux":
        return Machine(system=platform.system(), root=False)
    groups = Path("/sys/fs/cgroup")
    built = (paths.cache() / "tools").is_dir() and (paths.cache() / "images").is_dir()
    needed = {paths.state(): STATE_GIB, paths.cache(): 0.0 if built else CACHE_GIB}
    return Machine(
        system="Linux",
        root=os.geteuid() == 0,
        overlay="overlay" in Path("/proc/filesystems").read_text().split() or bool(shutil.which("modprobe")),
        cgroups=(groups / "memory").is_dir() or (groups / "cgroup.controllers").exists(),
        namespaces=tuple(kind for kind in NAMESPACES if Path("/proc/self/ns", kind).exists()),
        free={folder: (_free(folder), gib) for folder, gib in needed.items()},
    )


def refuse(machine: Machine) -> None:
    if machine.system != "Linux":
        raise TestbedError(
            f"the testbed needs Linux, this is {machine.system}",
            "Run it in a Linux machine (a virtual one will do).",
        )
    if not machine.root:
        raise TestbedError(
            "the testbed needs root: it makes network namespaces and mounts", "Try: sudo ./testbed …"
        )
    problems = _lacking(machine)
    if problems:
        raise TestbedError("this machine lacks what the testbed needs", "\n  ".join(problems))


def _lacking(machine: Machine) -> list[str]:
    found = []
    if not machine.overlay:
        found.append("The kernel has no overlay file system: load the module `overlay`.")
    if not machine.cgroups:
        found.append("No cgroups at /sys/fs/cgroup: start a container with --privileged --cgroupns=host.")
    kinds = [kind for kind in NAMESPACES if kind not in machine.namespaces]
    if kinds:
        found.append(f"The kernel has no namespaces of these kinds: {', '.join(kinds)}.")
    for folder, (free, needed) in machine.free.items():
        if free < needed:
            variable = "EKS_ACTIONS_TESTBED" if folder == paths.state() else "XDG_CACHE_HOME"
            found.append(
                f"Only {free:.1f} GiB are free for {folder}, {needed:.0f} are needed:"
                f" make room, or set {variable} to a folder of another disk."
            )
    return found


def _free(folder: Path) -> float:
    """GiB that are free where the folder is, or will be."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(there).free / 2**30

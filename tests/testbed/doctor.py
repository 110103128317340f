"""What the testbed needs of a machine, checked before anything is touched."""

import os
import platform
import shutil
from pathlib import Path

from testbed.errors import TestbedError


def check() -> None:
    """Raise one error that names everything that is missing."""
    if platform.system() != "Linux":
        raise TestbedError(
            f"the testbed needs Linux, this is {platform.system()}",
            "Run it in a Linux machine (a virtual one will do).",
        )
    if os.geteuid() != 0:
        raise TestbedError(
            "the testbed needs root: it makes network namespaces and mounts", "Try: sudo ./testbed up"
        )
    problems = [problem for problem in (_overlay(), _cgroups(), _namespaces(), _space()) if problem]
    if problems:
        raise TestbedError("this machine lacks what the testbed needs", "\n  ".join(problems))


def _overlay() -> str:
    known = Path("/proc/filesystems").read_text().split()
    if "overlay" in known or shutil.which("modprobe"):
        return ""
    return "The kernel has no overlay file system: load the module `overlay`."


def _cgroups() -> str:
    root = Path("/sys/fs/cgroup")
    if (root / "memory").is_dir() or (root / "cgroup.controllers").exists():
        return ""
    return "No cgroups at /sys/fs/cgroup: start a container with --privileged --cgroupns=host."


def _namespaces() -> str:
    lacking = [kind for kind in ("net", "pid", "mnt", "uts") if not Path("/proc/self/ns", kind).exists()]
    return f"The kernel has no namespaces of these kinds: {', '.join(lacking)}." if lacking else ""


def _space(least_gib: int = 5) -> str:
    free = shutil.disk_usage("/var").free / 2**30
    return f"Only {free:.1f} GiB are free below /var; {least_gib} are needed." if free < least_gib else ""

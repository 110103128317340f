"""The state directory as a whole: claimed by `up`, removed by `down`, never mistaken for something else."""

import shutil
import subprocess
import time
from pathlib import Path

from testbed import paths
from testbed.errors import TestbedError

MARK = ".eks-actions-testbed"
MOUNTS = Path("/proc/self/mountinfo")


def claim() -> None:
    """Make the directory ours. One with other people's files in it is refused: `down` would remove them."""
    directory = paths.state()
    mark = directory / MARK
    if directory.exists() and not mark.exists() and any(directory.iterdir()):
        raise TestbedError(
            f"{directory} exists, and is not the testbed's",
            "Set EKS_ACTIONS_TESTBED to a directory that doesn't exist yet, or empty this one.",
        )
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o755)
    mark.touch()


def remove() -> None:
    """Unmount whatever is mounted below the directory, then remove it, if it is ours."""
    directory = paths.state()
    if not (directory / MARK).exists():
        return
    unmount_below(directory)
    shutil.rmtree(directory)


def unmount_below(directory: Path, seconds: float = 10.0) -> None:
    """Innermost first; raises if something stays, so that nobody removes files through a mount."""
    deadline = time.monotonic() + seconds
    while found := mounts_below(directory, MOUNTS.read_text()):
        for target in reversed(found):
            subprocess.run(["umount", str(target)], capture_output=True, check=False)
        if time.monotonic() > deadline:
            raise TestbedError(
                f"{found[0]} is mounted and does not go away", "See who uses it: fuser -vm " + str(found[0])
            )


def mounts_below(directory: Path, mountinfo: str) -> list[Path]:
    """The mount points at or below the directory, in the order of mounting (proc_pid_mountinfo(5))."""
    targets = (line.split()[4].encode().decode("unicode_escape") for line in mountinfo.splitlines())
    return [path for path in map(Path, targets) if path == directory or directory in path.parents]

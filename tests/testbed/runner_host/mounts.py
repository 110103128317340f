"""The shell commands with which a machine gets its own root, devices and mounts. Pure."""

from collections.abc import Mapping
from pathlib import Path
from shlex import quote

DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


def script(lower: Path, disk: Path, binds: Mapping[Path, Path], writable: Mapping[Path, Path]) -> str:
    """Mount `lower` under the changes in `disk`, and make that the root. Binds are target -> source.

    It runs in a mount namespace of its own, after whose last process none of this is left.
    """
    root = disk / "root"
    layers = f"lowerdir={lower},upperdir={disk}/upper,workdir={disk}/work"
    return "\n".join(
        [
            f"mount -t overlay overlay -o {quote(layers)} {quote(str(root))}",
            f"cd {quote(str(root))}",
            *(line for target, source in binds.items() for line in _bind(target, source, "ro,nosuid,nodev")),
            *(line for target, source in writable.items() for line in _bind(target, source, "")),
            "mount -t proc proc proc",
            "mount -t sysfs sysfs sys",
            "mount --rbind /sys/fs/cgroup sys/fs/cgroup",
            "mount -t tmpfs -o mode=755,nosuid tmpfs run",
            "mount -t tmpfs -o mode=755,nosuid tmpfs dev",
            *_devices(),
            # pivot_root(8): the shell's own root moves too, and the old one is let go of.
            "mkdir run/old",
            "pivot_root . run/old",
            "cd /",
            "umount -l /run/old",
            "rmdir /run/old",
        ]
    )


def _bind(target: Path, source: Path, options: str) -> list[str]:
    inside = quote(str(target).lstrip("/"))
    mount = [f"mkdir -p {inside}", f"mount --bind {quote(str(source))} {inside}"]
    return [*mount, f"mount -o remount,bind,{options} {inside}"] if options else mount


def _devices() -> list[str]:
    return [
        *(f"mknod -m 666 dev/{name} c {major} {minor}" for name, (major, minor) in DEVICES.items()),
        "mkdir dev/pts dev/shm",
        "mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts",
        "mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm",
        "ln -s pts/ptmx dev/ptmx",
        "ln -s /proc/self/fd dev/fd",
        *(f"ln -s /proc/self/fd/{n} dev/{name}" for n, name in enumerate(("stdin", "stdout", "stderr"))),
    ]

"""What is in each root file system: a runner's machine, and the two images that Dockerfiles begin with."""

import shutil
import zipfile
from pathlib import Path

from testbed.images import debian

MACHINE_PACKAGES = (
    "ca-certificates",
    "curl",
    "docker-cli",
    "docker.io",
    "git",
    "iproute2",
    "iptables",
    "procps",
    "python3",
    "util-linux",
)
PYTHON_PACKAGES = ("ca-certificates", "python3", "python3-pip-whl")
BUSYBOX_PACKAGES = ("busybox-static",)
RUNNER_UID = 1001  # as on GitHub's own images


def machine(base: Path, root: Path) -> None:
    """The self-hosted runner's disk: an engine, git, Python without extras, and the user `runner`."""
    debian.copy(base, root)
    debian.install(root, MACHINE_PACKAGES)
    groups = ["--user-group", "--groups", "docker"]
    home = ["--create-home", "--shell", "/bin/bash"]
    debian.chroot(root, ["useradd", "--uid", str(RUNNER_UID), *groups, *home, "runner"])
    debian.clean(root, documentation=True)


def python(base: Path, root: Path) -> None:
    """What Docker Hub's python:3.13-slim offers: python, python3 and pip on the PATH."""
    debian.copy(base, root)
    debian.install(root, PYTHON_PACKAGES)
    version = (root / "usr/bin/python3").readlink().name
    binaries = root / "usr/local/bin"
    for name in ("python3", "python"):
        (binaries / name).symlink_to("/usr/bin/python3")
    _unpack_pip(root, root / "usr/local/lib" / version / "dist-packages", binaries / "pip")
    # Debian guards its own Python against pip; the image that this stands for doesn't.
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    debian.clean(root, documentation=True)


def busybox(base: Path, root: Path) -> None:
    """One static program under all its names."""
    source = debian.copy(base, root.with_name(f"{root.name}-source"))
    debian.install(source, BUSYBOX_PACKAGES)
    for name in ("bin", "etc", "home", "root", "tmp", "usr/bin", "usr/sbin", "var"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "sbin").symlink_to("bin")
    (root / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"
    )
    (root / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    shutil.copy2(source / "usr/bin/busybox", root / "bin/busybox")
    debian.chroot(source, ["sh", "-c", "busybox --list > /applets"])
    for applet in (source / "applets").read_text().split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    shutil.rmtree(source)


def _unpack_pip(root: Path, site: Path, script: Path) -> None:
    (wheel,) = root.glob("usr/share/python-wheels/pip-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    script.write_text('#!/bin/sh\nexec python3 -m pip "$@"\n')
    script.chmod(0o755)

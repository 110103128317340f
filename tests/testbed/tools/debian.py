"""The Debian packages that parts come from; only what is missing is installed, nothing is started."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from testbed import progress
from testbed.errors import TestbedError
from testbed.units import CLEAN_PATH

# Package -> a program or file that shows that it is there, however it came.
PACKAGES = {
    "bsdutils": "script",
    "busybox-static": "busybox",
    "ca-certificates": "/etc/ssl/certs/ca-certificates.crt",
    "containerd": "containerd",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "debootstrap": "debootstrap",
    "dnsmasq-base": "dnsmasq",
    "docker-registry": "docker-registry",
    "gcc": "gcc",
    "git": "git",
    "iproute2": "ip",
    "iptables": "iptables",
    "libc6-dev": "/usr/include/stdlib.h",
    "libseccomp-dev": "/usr/include/seccomp.h",
    "mount": "mount",
    "strace": "strace",
    "tinyproxy-bin": "tinyproxy",
    "util-linux": "unshare",
}
# What only the test of the summary's page needs; `up` doesn't install it.
BROWSER = {
    "chromium-headless-shell": "chromium-headless-shell",
    "fonts-liberation": "/usr/share/fonts/truetype/liberation",
}
# What these packages would start at boot; the testbed runs its own.
SERVICES = {"containerd": "containerd.service", "docker-registry": "docker-registry.service"}
POLICY = Path("/usr/sbin/policy-rc.d")


def missing(packages: Mapping[str, str]) -> list[str]:
    return [package for package, sign in packages.items() if not _there(sign)]


def ensure(packages: Mapping[str, str] = PACKAGES) -> None:
    """Install what is missing with apt-get."""
    wanted = missing(packages)
    if not wanted:
        return
    if not shutil.which("apt-get"):
        raise TestbedError(
            f"these parts are missing: {', '.join(wanted)} (Debian's package names)",
            "Install them with your distribution's package manager, or use Debian 12 or newer.",
        )
    with progress.waiting(f"installing Debian packages: {' '.join(wanted)}"), _nothing_started():
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *wanted)
    for package in set(wanted) & set(SERVICES):
        if shutil.which("systemctl"):
            subprocess.run(["systemctl", "disable", SERVICES[package]], capture_output=True, check=False)


def _there(sign: str) -> bool:
    return Path(sign).exists() if sign.startswith("/") else shutil.which(sign, path=CLEAN_PATH) is not None


def _apt(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TestbedError(
            f"`apt-get {' '.join(arguments)}` failed: {(done.stderr or done.stdout).strip()[-400:]}",
            "Put that right and try again; the testbed installs only what is missing.",
        )


@contextmanager
def _nothing_started() -> Iterator[None]:
    """Refuse service starts while packages are installed (policy-rc.d), as image builders do."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)

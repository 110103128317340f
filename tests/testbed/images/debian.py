"""Debian root file systems: one debootstrap, then copies with packages added."""

import os
import shutil
import subprocess
from pathlib import Path

from testbed.errors import TestbedError
from testbed.progress import waiting
from testbed.units import CLEAN_PATH

SUITE = "trixie"
# What a base image can do without, as Debian's own slim images leave it out.
DOCUMENTATION = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian")
LEFTOVERS = (
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
    "var/cache/ldconfig",
    "var/cache/debconf",
    "tmp",
)
PROXIES = ("http_proxy", "https_proxy", "no_proxy")
NO_SERVICES = "#!/bin/sh\nexit 101\n"


def bootstrap(target: Path) -> None:
    """The smallest Debian with apt, from the mirror that this machine's apt uses."""
    found = mirror()
    # The new system's own apt goes on from the same mirror, and by TLS only with authorities to trust.
    extra = ["--include=ca-certificates"] if found and found[0].startswith("https:") else []
    command = ["debootstrap", "--variant=minbase", *extra, SUITE, str(target), *found]
    with waiting(f"base images: debootstrap of Debian {SUITE}"):
        _run(command, f"debootstrap of Debian {SUITE}")
    # Package scripts start no services in a chroot; invoke-rc.d asks this file.
    policy = target / "usr/sbin/policy-rc.d"
    policy.write_text(NO_SERVICES)
    policy.chmod(0o755)


def mirror() -> list[str]:
    """The configured Debian mirror, as debootstrap's argument; none, and so its default, elsewhere."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"],
        capture_output=True,
        text=True,
        check=False,
    )
    return listing.stdout.split()[:1] if listing.returncode == 0 else []


def copy(source: Path, target: Path) -> Path:
    """A root file system as it is: owners, hard links, device nodes."""
    _run(["cp", "-a", "--reflink=auto", str(source), str(target)], f"copying {source.name}")
    return target


def install(root: Path, packages: tuple[str, ...]) -> None:
    """apt-get install, from the index and with the packages that debootstrap already fetched."""
    apt = [
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        "--option=Dpkg::Options::=--force-unsafe-io",
    ]
    with waiting(f"base images: installing {len(packages)} packages and what they need"):
        chroot(root, [*apt, "--option=APT::Sandbox::User=root", *packages])


def chroot(root: Path, argv: list[str]) -> None:
    """Run a command in the root file system with a /proc of its own; what it leaves running is killed."""
    script = 'mount -t proc proc "$1/proc"; root=$1; shift; exec chroot "$root" "$@"'
    inside = ["sh", "-euc", script, "sh", str(root), *argv]
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    _run([*namespaces, *inside], f"`{argv[0]}` in a base image")


def clean(root: Path, *, documentation: bool) -> None:
    """Remove caches, logs and indexes; with `documentation`, man pages and translations too."""
    for name in (*LEFTOVERS, *(DOCUMENTATION if documentation else ())):
        for path in sorted((root / name).glob("*")):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in ("usr/sbin/policy-rc.d", "etc/machine-id", "etc/resolv.conf", "etc/hostname"):
        (root / name).unlink(missing_ok=True)
    for cache in root.glob("usr/lib/python3*/**/__pycache__"):
        shutil.rmtree(cache)


def _run(command: list[str], what: str) -> None:
    proxies = {name: os.environ[name] for name in PROXIES if name in os.environ}
    environment = {**proxies, "PATH": CLEAN_PATH, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise TestbedError(
            f"{what} failed (exit status {done.returncode}):\n{tail}",
            "It needs root, the package debootstrap and a reachable mirror (`apt-get update` shows that).",
        )

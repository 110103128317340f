"""Build the tools that aren't in the cache yet. One builder at a time; a half-built tool is never seen."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed import paths, progress
from testbed.errors import TestbedError
from testbed.tools import golang
from testbed.tools.catalogue import TOOLS, Tool

_threads = threading.Lock()


def ensure(names: Iterable[str] = tuple(TOOLS)) -> None:
    """Build those of the named tools that are missing or older than their module files."""
    missing = [TOOLS[name] for name in names if not _binary(TOOLS[name]).exists()]
    if not missing:
        return
    with _lock():
        env = golang.environment()
        for tool in missing:
            if not _binary(tool).exists():
                _build(tool, env)


def path(name: str) -> Path:
    """The tool's binary; also for the further names of a multi-call binary."""
    tool = next(tool for tool in TOOLS.values() if name in (tool.name, *tool.names))
    return _binary(tool).with_name(name)


def key(tool: Tool) -> str:
    """What the binary depends on: module files (which name the least Go), sources and flags."""
    digest = hashlib.sha256(repr(tool.command(Path("x"))).encode())
    for source in sorted((*tool.directory.glob("go.*"), *tool.directory.glob("*.go"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _binary(tool: Tool) -> Path:
    return paths.cache() / "tools" / f"{tool.name}-{key(tool)}" / tool.name


@contextmanager
def _lock() -> Iterator[None]:
    directory = paths.cache() / "tools"
    directory.mkdir(parents=True, exist_ok=True)
    # Parts of one `up` want tools at the same time: who waits for a thread of ours has its progress to read.
    with _threads, (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.waiting("another testbed builds tools: waiting for it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tool: Tool, env: dict[str, str]) -> None:
    final = _binary(tool).parent
    with tempfile.TemporaryDirectory(prefix=f".{tool.name}-", dir=final.parent) as scratch:
        output = Path(scratch, "tool") / tool.name
        output.parent.mkdir()
        with progress.waiting(f"building {tool.name} {tool.version} with {golang.version(env)}, once"):
            done = subprocess.run(
                tool.command(output),
                cwd=tool.directory,
                env={**env, "CGO_ENABLED": "1" if tool.static_c else "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        if done.returncode:
            raise TestbedError(
                f"building {tool.name} {tool.version} failed:\n{_tail(done.stdout)}",
                "Go needs its module proxy (GOPROXY) the first time; later builds work offline.",
            )
        for name in tool.names:
            (output.parent / name).symlink_to(tool.name)
        shutil.rmtree(final, ignore_errors=True)
        output.parent.rename(final)


def _tail(text: str, lines: int = 8) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:])

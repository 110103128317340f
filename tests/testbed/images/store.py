"""The cache of base images: made once, whole or not at all, and named by what they are made of."""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed import paths
from testbed.images import debian, image, layer, recipes
from testbed.images.image import Image
from testbed.progress import say, waiting

SOURCES = (debian, image, layer, recipes)
PAUSE = "registry.k8s.io/pause:3.10"
PYTHON_TAGS = ("3.13-slim", "3.13-slim-trixie", "3.13")
BUSYBOX_TAGS = ("1.37", "1.37.0", "latest")
FOREVER = ["/bin/sleep", "2147483647"]


@dataclass(frozen=True)
class Store:
    folder: Path

    @property
    def machine(self) -> Path:
        """The runner machine's root file system; read-only: machines put an overlay over it."""
        return self.folder / "machine"

    @property
    def pause_tar(self) -> Path:
        """The sandbox image of nodes, for `ctr --namespace k8s.io images import`; its name is PAUSE."""
        return self.folder / "pause.tar"

    def image(self, name: str) -> Image:
        digest, size = (self.folder / f"{name}.manifest").read_text().split()
        return Image(digest=digest, size=int(size), blobs=self.folder / "blobs")


def ensure() -> Store:
    """The base images, built if need be: a minute once, nothing afterwards."""
    store = Store(paths.cache() / "images" / fingerprint())
    if not store.folder.exists():
        store.folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(store.folder.parent / "lock"):
            if not store.folder.exists():
                _build(store.folder)
                _forget_others(store.folder)
    return store


def fingerprint() -> str:
    """Another recipe is another cache."""
    digest = hashlib.sha256()
    for module in (*SOURCES, sys.modules[__name__]):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16]


def _build(folder: Path) -> None:
    partial = folder.with_name(f"partial-{os.getpid()}")
    work = partial / "work"
    work.mkdir(parents=True)
    try:
        debian.bootstrap(work / "base")
        recipes.machine(work / "base", partial / "machine")
        recipes.python(work / "base", work / "python")
        recipes.busybox(work / "base", work / "busybox")
        with waiting("base images: packing"):
            _make(partial, "python", work / "python", ["python3"])
            _make(partial, "busybox", work / "busybox", ["sh"])
            pause = _make(partial, "pause", work / "busybox", FOREVER)
            image.archive(pause, PAUSE, partial / "pause.tar")
        shutil.rmtree(work)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    say("base images: done")


def _make(partial: Path, name: str, root: Path, command: list[str]) -> Image:
    made = image.make(root, partial / "blobs", command)
    (partial / f"{name}.manifest").write_text(f"{made.digest} {made.size}")
    return made


def _forget_others(folder: Path) -> None:
    """Remove what interrupted runs left, and former recipes but the last: a machine may run on that."""
    others = [path for path in folder.parent.iterdir() if path.is_dir() and path != folder]
    finished = sorted(
        (p for p in others if not p.name.startswith("partial-")), key=lambda p: p.stat().st_mtime
    )
    for path in others:
        if path not in finished[-1:]:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""Images put straight into distribution's storage, before it runs: no client, no engine, no copies.

https://github.com/distribution/distribution/blob/v2.8.2/registry/storage/paths.go
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from testbed.images.image import Image, blob
from testbed.images.store import BUSYBOX_TAGS, PYTHON_TAGS, Store
from testbed.registry.hub import stored_name


@dataclass(frozen=True)
class BaseImage:
    """name: in the cache; repository: at Docker Hub."""

    name: str
    repository: str
    tags: tuple[str, ...]


BASE_IMAGES = (
    BaseImage("python", "library/python", PYTHON_TAGS),
    BaseImage("busybox", "library/busybox", BUSYBOX_TAGS),
)


def seed(root: Path, store: Store) -> None:
    """Offer the cache's base images under Docker Hub's names."""
    for base in BASE_IMAGES:
        write(root, store.image(base.name), stored_name(base.repository), base.tags)


def write(root: Path, image: Image, repository: str, tags: tuple[str, ...]) -> None:
    """Write one image and its tags below distribution's root directory; again is no error."""
    base = root / "docker/registry/v2"
    folder = base / "repositories" / repository
    for digest in (image.digest, *image.contents()):
        _place(blob(image.blobs, digest), base / "blobs" / _fanned(digest) / "data")
    for digest in image.contents():
        _link(folder / "_layers" / _path(digest), digest)
    _link(folder / "_manifests/revisions" / _path(image.digest), image.digest)
    for tag in tags:
        _link(folder / "_manifests/tags" / tag / "current", image.digest)
        _link(folder / "_manifests/tags" / tag / "index" / _path(image.digest), image.digest)


def _place(source: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)  # blobs never change: one copy does for the cache and all registries
    except OSError:  # another file system
        shutil.copyfile(source, target)


def _link(folder: Path, digest: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link").write_text(digest)


def _path(digest: str) -> str:
    return digest.replace(":", "/")


def _fanned(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}/{value[:2]}/{value}"

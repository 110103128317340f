"""A directory as an image layer: the same tree gives the same bytes, whenever and wherever it is packed."""

import gzip
import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

EPOCH = 1735689600  # 2025-01-01: a fixed date for every file, as SOURCE_DATE_EPOCH would be
LEVEL = 3  # a third of the time of 6 and a tenth larger


@dataclass(frozen=True, kw_only=True)
class Layer:
    """digest: of the compressed bytes; diff_id: of the tar in them (OCI image specification, config.md)."""

    digest: str
    diff_id: str
    size: int


class _Hashing:
    """A sink that hashes what passes on its way."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._sink.write(data)

    def flush(self) -> None:
        self._sink.flush()

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


def pack(root: Path, target: Path) -> Layer:
    """Write the tree below `root` as tar.gz into `target`."""
    with target.open("wb") as file:
        compressed = _Hashing(file)
        with gzip.GzipFile(
            filename="", mode="wb", fileobj=compressed, compresslevel=LEVEL, mtime=0
        ) as zipped:
            plain = _Hashing(zipped)  # type: ignore[arg-type]
            with tarfile.open(fileobj=plain, mode="w|", format=tarfile.GNU_FORMAT) as archive:  # type: ignore[call-overload]
                for path in _walk(root):
                    _add(archive, path, path.relative_to(root))
    return Layer(digest=compressed.digest, diff_id=plain.digest, size=compressed.size)


def _walk(directory: Path) -> Iterator[Path]:
    """Parents before children, names in byte order."""
    for path in sorted(directory.iterdir(), key=lambda p: p.name.encode()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def _add(archive: tarfile.TarFile, path: Path, name: Path) -> None:
    info = archive.gettarinfo(str(path), arcname=str(name))
    if info is None:  # a socket: no member of an archive
        return
    info.mtime = EPOCH
    info.uname = info.gname = ""
    if info.isreg():
        with path.open("rb") as content:
            archive.addfile(info, content)
    else:
        archive.addfile(info)

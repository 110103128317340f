"""An image made by hand: config and manifest around one layer, as blobs in a folder.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

import hashlib
import json
import os
import subprocess
import tarfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from testbed.images.layer import EPOCH, Layer, pack

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CREATED = "2025-01-01T00:00:00Z"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Image:
    """digest: the manifest's. blobs: the folder of manifest, config and layer, each named by its digest."""

    digest: str
    size: int
    blobs: Path

    def read(self) -> bytes:
        return blob(self.blobs, self.digest).read_bytes()

    def contents(self) -> list[str]:
        """The digests of config and layers."""
        manifest = json.loads(self.read())
        return [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]


def blob(folder: Path, digest: str) -> Path:
    return folder / digest.partition(":")[2]


def make(root: Path, blobs: Path, command: list[str]) -> Image:
    """An image of the tree below `root` that runs `command`."""
    blobs.mkdir(parents=True, exist_ok=True)
    partial = blobs / f"layer.{os.getpid()}"
    layer = pack(root, partial)
    partial.replace(blob(blobs, layer.digest))
    config = _store(blobs, config_of(layer, command))
    manifest = _store(blobs, manifest_of(layer, *config))
    return Image(digest=manifest[0], size=manifest[1], blobs=blobs)


def config_of(layer: Layer, command: list[str]) -> dict[str, Any]:
    return {
        "architecture": architecture(),
        "os": "linux",
        "created": CREATED,
        "config": {"Env": [f"PATH={PATH}"], "Cmd": command, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        "history": [{"created": CREATED, "created_by": "eks-actions testbed"}],
    }


def manifest_of(layer: Layer, config_digest: str, config_size: int) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": config_digest, "size": config_size},
        "layers": [{"mediaType": LAYER, "digest": layer.digest, "size": layer.size}],
    }


def archive(image: Image, name: str, target: Path) -> None:
    """An OCI layout as one tar for `ctr images import`, which takes the name from containerd's annotation."""
    descriptor = {
        "mediaType": MANIFEST,
        "digest": image.digest,
        "size": image.size,
        "annotations": {"io.containerd.image.name": name},
    }
    files = {
        "oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode(),
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [descriptor]}).encode(),
    }
    for digest in (image.digest, *image.contents()):
        files[f"blobs/{digest.replace(':', '/')}"] = blob(image.blobs, digest).read_bytes()
    with tarfile.open(target, "w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(content), EPOCH
            tar.addfile(info, BytesIO(content))


@cache
def architecture() -> str:
    """This machine's, as images name it; Debian and Go agree on amd64 and arm64."""
    return subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()


def _store(blobs: Path, document: dict[str, Any]) -> tuple[str, int]:
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    blob(blobs, digest).write_bytes(content)
    return digest, len(content)

"""Images made by hand: the same tree gives the same bytes, and readers of images can read them."""

import gzip
import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest

from testbed.images import image
from testbed.images.layer import pack


def tree(root: Path, *, reverse: bool = False, mtime: int = 1) -> Path:
    names = ["bin/tool", "etc/config", "etc/other"]
    for name in reversed(names) if reverse else names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    (root / "bin/tool").chmod(0o4755)
    (root / "link").symlink_to("bin/tool")
    os.link(root / "etc/config", root / "etc/hardlink")
    for path in root.rglob("*"):
        os.utime(path, (mtime, mtime), follow_symlinks=False)
    return root


def test_a_layer_depends_on_the_tree_alone(tmp_path: Path) -> None:
    first = pack(tree(tmp_path / "a"), tmp_path / "a.tar.gz")
    second = pack(tree(tmp_path / "b", reverse=True, mtime=1_000_000), tmp_path / "b.tar.gz")
    assert first == second
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


def test_a_layer_says_what_it_is(tmp_path: Path) -> None:
    layer = pack(tree(tmp_path / "root"), tmp_path / "layer")
    packed = (tmp_path / "layer").read_bytes()
    assert layer.size == len(packed)
    assert layer.digest == f"sha256:{hashlib.sha256(packed).hexdigest()}"
    assert layer.diff_id == f"sha256:{hashlib.sha256(gzip.decompress(packed)).hexdigest()}"


@pytest.mark.parametrize(
    ("member", "kind", "target", "mode"),
    [
        ("bin/tool", tarfile.REGTYPE, "", 0o4755),
        ("link", tarfile.SYMTYPE, "bin/tool", 0o777),
        ("etc", tarfile.DIRTYPE, "", 0o755),
        ("etc/hardlink", tarfile.LNKTYPE, "etc/config", 0o644),
    ],
)
def test_a_layer_keeps_links_and_modes(
    tmp_path: Path, member: str, kind: bytes, target: str, mode: int
) -> None:
    pack(tree(tmp_path / "root"), tmp_path / "layer")
    with tarfile.open(tmp_path / "layer") as archive:
        info = archive.getmember(member)
    assert (info.type, info.linkname, info.mode) == (kind, target, mode)


def test_a_manifest_names_blobs_that_are_there(tmp_path: Path) -> None:
    made = image.make(tree(tmp_path / "root"), tmp_path / "blobs", ["sh"])
    assert made.size == len(made.read())
    for digest in (made.digest, *made.contents()):
        content = image.blob(made.blobs, digest).read_bytes()
        assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    config = json.loads(image.blob(made.blobs, made.contents()[0]).read_bytes())
    assert config["config"]["Cmd"] == ["sh"]
    assert len(config["rootfs"]["diff_ids"]) == 1


def test_an_archive_is_an_oci_layout_with_containerds_name(tmp_path: Path) -> None:
    made = image.make(tree(tmp_path / "root"), tmp_path / "blobs", ["sh"])
    image.archive(made, "registry.k8s.io/pause:3.10", tmp_path / "pause.tar")
    with tarfile.open(tmp_path / "pause.tar") as archive:
        names = archive.getnames()
        index = archive.extractfile("index.json")
        assert index is not None
        (descriptor,) = json.load(index)["manifests"]
    assert descriptor["annotations"] == {"io.containerd.image.name": "registry.k8s.io/pause:3.10"}
    assert f"blobs/{descriptor['digest'].replace(':', '/')}" in names
    assert len(names) == 5

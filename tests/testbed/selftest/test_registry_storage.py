"""Images laid into distribution's storage by hand are where distribution looks for them."""

from pathlib import Path

from testbed.images import image
from testbed.registry import part, storage


def made(tmp_path: Path) -> image.Image:
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").write_text("content")
    return image.make(root, tmp_path / "blobs", ["sh"])


def write(tmp_path: Path) -> tuple[image.Image, Path]:
    one = made(tmp_path)
    storage.write(tmp_path / "registry", one, "docker.io/library/x", ("1", "latest"))
    return one, tmp_path / "registry/docker/registry/v2"


def linked(link: Path) -> str:
    return (link / "link").read_text()


def test_tags_and_revisions_lead_to_the_manifest(tmp_path: Path) -> None:
    one, base = write(tmp_path)
    manifests = base / "repositories/docker.io/library/x/_manifests"
    digest = one.digest.removeprefix("sha256:")
    assert linked(manifests / "revisions/sha256" / digest) == one.digest
    for tag in ("1", "latest"):
        assert linked(manifests / "tags" / tag / "current") == one.digest
        assert linked(manifests / "tags" / tag / "index/sha256" / digest) == one.digest
    data = base / "blobs/sha256" / digest[:2] / digest / "data"
    assert data.read_bytes() == one.read()


def test_config_and_layer_belong_to_the_repository(tmp_path: Path) -> None:
    one, base = write(tmp_path)
    for digest in one.contents():
        value = digest.removeprefix("sha256:")
        assert linked(base / "repositories/docker.io/library/x/_layers/sha256" / value) == digest
        assert (base / "blobs/sha256" / value[:2] / value / "data").exists()


def test_writing_again_moves_the_tags(tmp_path: Path) -> None:
    _, base = write(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    second = made(other)
    storage.write(tmp_path / "registry", second, "docker.io/library/x", ("latest",))
    tags = base / "repositories/docker.io/library/x/_manifests/tags"
    assert linked(tags / "latest/current") == second.digest


def test_distribution_listens_on_loopback_alone() -> None:
    http = part.configuration(Path("/state/registry"))["http"]
    assert isinstance(http, dict)
    assert http["addr"] == "127.0.0.1:5000"

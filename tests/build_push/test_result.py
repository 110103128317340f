import json
from pathlib import Path

import pytest

from actionkit.errors import ActionError
from build_push import result
from build_push.ecr import Image
from build_push.ecr_host import EcrHost
from build_push.result import Built
from build_push.target import Repository
from fakes import FakeClock

DIGEST, OTHER = (f"sha256:{letter * 64}" for letter in "ab")
HOST = EcrHost(
    host="111111111111.dkr.ecr.ap-northeast-2.amazonaws.com", account="111111111111", region="ap-northeast-2"
)
APP = Repository(host=HOST, name="app", tags=("1", "latest"))
BUILT = Built(digest=DIGEST, image_id="sha256:c", metadata="{}")


class Registry:
    """Answers one digest after another for each tag; the last one stays. Empty is no image."""

    def __init__(self, **digests: list[str]) -> None:
        self._digests = {tag.removeprefix("v"): found for tag, found in digests.items()}

    def image(self, repository: Repository, tag: str) -> Image | None:
        assert repository is APP
        found = self._digests[tag]
        digest = found.pop(0) if len(found) > 1 else found[0]
        return Image(digest=digest, size=7) if digest else None


def test_image_that_every_tag_names_is_confirmed() -> None:
    image = result.confirm(Registry(v1=[DIGEST], latest=[DIGEST]), (APP,), BUILT, FakeClock())
    assert (image.digest, image.size) == (DIGEST, 7)


def test_registry_that_knows_the_tag_a_moment_later_is_waited_for() -> None:
    clock = FakeClock()
    result.confirm(Registry(v1=["", OTHER, DIGEST], latest=[DIGEST]), (APP,), BUILT, clock)
    assert len(clock.sleeps) == 2


@pytest.mark.parametrize(
    ("latest", "title", "words"),
    [
        (OTHER, "The registry has another image", [f"app:latest is {OTHER}", DIGEST]),
        ("", "The pushed image isn't in the registry", ["no image by", "app:latest"]),
    ],
)
def test_one_tag_that_names_something_else_fails_the_step(latest: str, title: str, words: list[str]) -> None:
    clock = FakeClock()
    with pytest.raises(ActionError) as refused:
        result.confirm(Registry(v1=[DIGEST], latest=[latest]), (APP,), BUILT, clock)
    assert refused.value.title == title
    for word in words:
        assert word in refused.value.message
    assert clock.now() <= 10


def test_push_without_a_digest_is_no_success() -> None:
    with pytest.raises(ActionError, match="buildx named no digest"):
        result.confirm(Registry(), (APP,), Built(digest="", image_id="", metadata="{}"), FakeClock())


def test_what_buildx_left_is_read(tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text(json.dumps({"containerimage.digest": DIGEST, "image.name": "x"}))
    (tmp_path / "image-id").write_text("sha256:c\n")
    built = result.read(tmp_path / "metadata.json", tmp_path / "image-id")
    assert (built.digest, built.image_id) == (DIGEST, "sha256:c")
    assert json.loads(built.metadata)["image.name"] == "x"


def test_build_that_left_nothing_has_empty_outputs(tmp_path: Path) -> None:
    built = result.read(tmp_path / "metadata.json", tmp_path / "image-id")
    assert (built.digest, built.image_id, built.metadata) == ("", "", "{}")

import json

import pytest

from build_push import ecr
from build_push.ecr_host import parse
from build_push.reference import parse as reference
from build_push.target import repositories

HOST = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
LAYERS = [{"size": 1000}, {"size": 24}]


@pytest.mark.parametrize(
    ("manifest", "size"),
    [
        ({"config": {"size": 500}, "layers": LAYERS}, 1524),
        ({"config": {"size": 500}, "layers": []}, 500),
        ({"manifests": [{"size": 428}]}, 0),
    ],
)
def test_size_is_what_a_pull_transfers(manifest: dict[str, object], size: int) -> None:
    answered = {
        "imageId": {"imageDigest": "sha256:a", "imageTag": "1"},
        "imageManifest": json.dumps(manifest),
    }
    image = ecr.image_of(answered)
    assert (image.digest, image.size) == ("sha256:a", size)


def test_repositories_keep_the_order_of_the_tags_and_gather_theirs() -> None:
    tags = (f"{HOST}/b:1", f"{HOST}/a:1", "ghcr.io/org/c:1", f"{HOST}/b:2", f"{HOST}/b:1")
    found = repositories(tuple(reference(tag) for tag in tags))
    assert [(each.uri, each.tags) for each in found] == [(f"{HOST}/b", ("1", "2")), (f"{HOST}/a", ("1",))]
    assert found[0].host == parse(HOST)

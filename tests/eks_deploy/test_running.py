from typing import Any

from eks_deploy.running import images

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def pod(name: str, image_id: str, image: str = "app:1") -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "web", "image": image}]},
        "status": {"containerStatuses": [{"name": "web", "image": "sha256:whatever", "imageID": image_id}]},
    }


def test_one_line_for_the_same_digest_in_many_pods() -> None:
    found = images("Deployment web/api", [pod("1", f"registry/app@{A}"), pod("2", f"other/name@{A}")])
    assert [(i.workload, i.container, i.image, i.digest) for i in found] == [
        ("Deployment web/api", "web", "app:1", A)
    ]


def test_two_digests_under_one_tag_are_both_told() -> None:
    assert [
        i.digest for i in images("x", [pod("1", f"app@{A}"), pod("2", f"docker-pullable://app@{B}")])
    ] == [A, B]


def test_a_container_that_has_not_started_has_no_digest() -> None:
    assert images("x", [pod("1", "")]) == []

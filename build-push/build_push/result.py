"""What a build came to, as buildx left it, and as the registry confirms it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from actionkit.errors import ActionError
from actionkit.retry import Clock, exponential, retry
from build_push.ecr import Image
from build_push.target import Repository


@dataclass(frozen=True, kw_only=True)
class Built:
    """buildx's own account; fields are empty where it says nothing."""

    digest: str
    image_id: str
    metadata: str


class Registry(Protocol):
    """What is asked of ECR here."""

    def image(self, repository: Repository, tag: str) -> Image | None: ...


class _NotYet(Exception):
    pass


def read(metadata: Path, image_id: Path) -> Built:
    """What `--metadata-file` and `--iidfile` hold."""
    text = metadata.read_text() if metadata.exists() else "{}"
    content = json.loads(text)
    return Built(
        digest=str(content.get("containerimage.digest", "")),
        image_id=image_id.read_text().strip() if image_id.exists() else "",
        metadata=json.dumps(content, indent=2),
    )


def confirm(ecr: Registry, repositories: tuple[Repository, ...], built: Built, clock: Clock) -> Image:
    """The pushed image, read back by every tag; raises ActionError unless all name what was built."""
    if not built.digest:
        raise ActionError(
            "buildx named no digest",
            "The push succeeded, and the metadata that buildx left has no `containerimage.digest`.",
            "Update buildx on the runner: 0.13 and newer name it.",
        )
    images = [_confirmed(ecr, each, tag, built.digest, clock) for each in repositories for tag in each.tags]
    return images[0]


def _confirmed(ecr: Registry, repository: Repository, tag: str, digest: str, clock: Clock) -> Image:
    def ask() -> Image:
        image = ecr.image(repository, tag)
        if image is None or image.digest != digest:
            raise _NotYet(image.digest if image else "")
        return image

    try:
        return retry(
            ask,
            clock=clock,
            deadline=10,
            attempts=4,
            backoff=exponential(0.5, 4),
            should_retry=lambda error: isinstance(error, _NotYet),
        )
    except _NotYet as found:
        raise _mismatch(f"{repository.uri}:{tag}", digest, str(found)) from None


def _mismatch(reference: str, digest: str, found: str) -> ActionError:
    if not found:
        return ActionError(
            "The pushed image isn't in the registry",
            f"buildx pushed {digest}, and ECR knows no image by {reference}.",
            "A lifecycle policy, or somebody, removed it; or a registry that isn't ECR answered to this "
            "name.",
        )
    return ActionError(
        "The registry has another image",
        f"buildx pushed {digest}, and {reference} is {found}.",
        "Probably another job pushed the same tag at the same time: give each run a tag of its own, or "
        "the jobs a `concurrency` group.",
    )

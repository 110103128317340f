"""ECR's state in a file: a restarted server knows the images whose layers the registry still holds."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from moto.ecr.models import Repository

FIELDS = ("image_tags", "image_manifest", "image_manifest_media_type", "image_digest", "image_pushed_at")


def save(path: Path, repositories: Iterable[Repository], declared: Mapping[str, Any]) -> None:
    """Replaced whole: a server killed half-way leaves the file of before.

    declared: what the organisation's file says of a repository, by ACCOUNT/NAME.
    """
    kept = [
        {
            "account": repository.registry_id,
            "name": repository.name,
            "mutability": str(
                getattr(repository.image_tag_mutability, "value", repository.image_tag_mutability)
            ),
            "policy": repository.policy,
            "declared": declared.get(f"{repository.registry_id}/{repository.name}"),
            "images": [{name: getattr(image, name) for name in FIELDS} for image in repository.images],
        }
        for repository in repositories
    ]
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(kept))
    partial.replace(path)


def load(path: Path) -> list[dict[str, Any]]:
    """What save() kept; nothing when there is no file."""
    try:
        kept: list[dict[str, Any]] = json.loads(path.read_text())
    except FileNotFoundError:
        return []
    return kept

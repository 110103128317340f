"""ECR's repositories and images: moto's objects, with digests, sizes and tag moves as ECR has them.

moto gives an index a random digest and deletes an image when its last tag moves away, so images are put and
found here.
"""

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

from moto.ecr.models import ECRBackend, Image, Repository, ecr_backends

from testbed.aws.authority import EcrImage, EcrRepository, ImageTagAlreadyExists
from testbed.aws.ecr import archive
from testbed.organisation import Organisation


class StoredImage(Image):
    def get_image_size_in_bytes(self) -> int | None:
        """The layers and the configuration, compressed, as the manifest says; an index has no size."""
        manifest = json.loads(self.image_manifest)
        if "layers" not in manifest:
            return None
        return sum(int(part["size"]) for part in [manifest["config"], *manifest["layers"]])


class EcrStore:
    """Thread-safe. Every account has one registry per region; the testbed has one region."""

    def __init__(self, organisation: Organisation, file: Path) -> None:
        self.region = organisation.region
        self._organisation = organisation
        self._file = file
        self._declared = {
            f"{r.account.id}/{r.name}": [r.immutable, r.policy and r.policy.read_text()]
            for r in organisation.repositories
        }
        self._lock = threading.RLock()
        kept = archive.load(file)
        self.reset()
        for repository in kept:
            self._restore(repository)
        self.save()

    def reset(self) -> None:
        """The organisation's repositories, empty."""
        with self._lock:
            for account in self._organisation.accounts.values():
                self._backend(account.id).reset()
            for wanted in self._organisation.repositories:
                made = self._create(wanted.account.id, wanted.name)
                made.image_tag_mutability = "IMMUTABLE" if wanted.immutable else "MUTABLE"
                made.policy = wanted.policy.read_text() if wanted.policy else None
            self.save()

    def save(self) -> None:
        """After every change; those that moto makes included."""
        with self._lock:
            accounts = self._organisation.accounts.values()
            backends = [self._backend(account.id) for account in accounts]
            repositories = [r for backend in backends for r in backend.repositories.values()]
            archive.save(self._file, repositories, self._declared)

    def _create(self, account: str, name: str) -> Repository:
        return self._backend(account).create_repository(name, None, {}, None, "MUTABLE", [])

    def _restore(self, kept: dict[str, Any]) -> None:
        repository = self._backend(kept["account"]).repositories.get(kept["name"])
        if repository is None:
            repository = self._create(kept["account"], kept["name"])
        # A repository that the organisation's file describes otherwise than before is as the file says now.
        if kept.get("declared") == self._declared.get(f"{kept['account']}/{kept['name']}"):
            repository.image_tag_mutability, repository.policy = kept["mutability"], kept["policy"]
        for fields in kept["images"]:
            text, media_type = fields["image_manifest"], fields["image_manifest_media_type"]
            image = StoredImage(kept["account"], "", text, kept["name"], media_type, fields["image_digest"])
            image.image_tags = list(fields["image_tags"])
            image.image_tag = image.image_tags[-1] if image.image_tags else ""
            image.image_pushed_at = fields["image_pushed_at"]
            repository.images.append(image)

    def repository(self, account: str, name: str) -> EcrRepository | None:
        with self._lock:
            found = self._backend(account).repositories.get(name)
            if found is None:
                return None
            return EcrRepository(
                account=account,
                name=name,
                arn=found.arn,
                immutable=str(found.image_tag_mutability).startswith("IMMUTABLE"),
                policy=json.loads(found.policy) if found.policy else None,
            )

    def tags(self, account: str, name: str) -> dict[str, str]:
        with self._lock:
            return {
                tag: image.image_digest for image in self._images(account, name) for tag in image.image_tags
            }

    def image(self, account: str, name: str, reference: str) -> EcrImage | None:
        with self._lock:
            for image in self._images(account, name):
                if reference == image.image_digest or reference in image.image_tags:
                    return EcrImage(
                        digest=image.image_digest,
                        manifest=image.image_manifest.encode(),
                        media_type=str(image.image_manifest_media_type),
                    )
        return None

    def images(self, account: str, name: str) -> list[Image]:
        """moto's own: image_digest, image_tags, image_pushed_at, image_manifest…"""
        with self._lock:
            return list(self._images(account, name))

    def put_image(self, account: str, name: str, image: EcrImage, tag: str | None) -> None:
        with self._lock:
            repository = self._found(account, name)
            present = next((i for i in repository.images if i.image_digest == image.digest), None)
            holder = next((i for i in repository.images if tag is not None and tag in i.image_tags), None)
            if holder is not None and holder is not present and self._immutable(repository):
                raise ImageTagAlreadyExists(
                    f"The image tag '{tag}' already exists in the '{name}' repository and cannot be "
                    "overwritten because the tag is immutable."
                )
            if present is None:
                text = image.manifest.decode()
                present = StoredImage(account, tag or "", text, name, image.media_type, image.digest)
                present.image_tags.clear()
                repository.images.append(present)
            if holder is not None and tag is not None:
                holder.remove_tag(tag)
            if tag is not None:
                present.update_tag(tag)
            self.save()

    def missing_parts(self, account: str, name: str, manifest: dict[str, Any]) -> list[str]:
        """Digests that a manifest names and no image of the repository has brought along."""
        named = [part["digest"] for part in manifest.get("layers", ())]
        named += [part["digest"] for part in manifest.get("manifests", ())]
        known: set[str] = set()
        for image in self.images(account, name):
            known.add(image.image_digest)
            known.update(layer["digest"] for layer in json.loads(image.image_manifest).get("layers", ()))
        return [digest for digest in named if digest not in known]

    @staticmethod
    def _immutable(repository: Repository) -> bool:
        return str(repository.image_tag_mutability).startswith("IMMUTABLE")

    def _backend(self, account: str) -> ECRBackend:
        return ecr_backends[account][self.region]

    def _found(self, account: str, name: str) -> Repository:
        return self._backend(account).repositories[name]

    def _images(self, account: str, name: str) -> list[Image]:
        repository = self._backend(account).repositories.get(name)
        return repository.images if repository is not None else []


def digest_of(manifest: bytes) -> str:
    return "sha256:" + hashlib.sha256(manifest).hexdigest()

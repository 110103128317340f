"""What this action asks of Amazon ECR's API."""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from actionkit.aws.clients import client
from actionkit.aws.explain import explain
from actionkit.aws.identity import Identity
from actionkit.errors import ActionError
from actionkit.retry import Clock
from build_push import denial, ecr_host
from build_push.mutability import Mutability
from build_push.target import Repository

# Answered as stored: without them ECR may convert a manifest, and the digest would be another.
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html (acceptedMediaTypes)
MEDIA_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# A token lives twelve hours, and one that ends during an upload fails it.
_RENEWED_BEFORE = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image as the registry has it. `size` in bytes, compressed; an index has 0."""

    digest: str
    size: int


class Ecr:
    """ECR as one identity sees it; thread-safe as botocore's clients are.

    `identity` is asked for each call, so that credentials can be renewed while a build runs.
    """

    def __init__(self, identity: Callable[[], Identity], clock: Clock, mask: Callable[[str], None]) -> None:
        self._identity = identity
        self._clock = clock
        self._mask = mask
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def password(self, host: str) -> str:
        """The password of user AWS for a registry; one a region, renewed before it expires.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
        """
        registry = ecr_host.parse(host)
        if not registry:
            raise ActionError("Not a registry of ours", f"{host} is no private ECR registry.")
        with self._lock:
            known = self._tokens.get(registry.region)
            if not known or known[1] - self._clock.utc() < _RENEWED_BEFORE:
                known = self._tokens[registry.region] = self._token(registry.region)
        return known[0]

    def _token(self, region: str) -> tuple[str, datetime]:
        answer = self._call(region, "get_authorization_token", {})
        data = answer["authorizationData"][0]
        token = str(data["authorizationToken"])
        password = base64.b64decode(token).decode().partition(":")[2]
        for secret in (token, password):
            self._mask(secret)
        return password, cast(datetime, data["expiresAt"])

    def mutability(self, repository: Repository) -> Mutability:
        """Raises `denial.Denied` where DescribeRepositories isn't allowed, and for a missing repository."""
        answer = self._call(
            repository.host.region,
            "describe_repositories",
            {"registryId": repository.host.account, "repositoryNames": [repository.name]},
            repository=repository,
        )
        return Mutability.of(answer["repositories"][0])

    def image(self, repository: Repository, tag: str) -> Image | None:
        """What `tag` names now, or None."""
        answer = self._call(
            repository.host.region,
            "batch_get_image",
            {
                "registryId": repository.host.account,
                "repositoryName": repository.name,
                "imageIds": [{"imageTag": tag}],
                "acceptedMediaTypes": list(MEDIA_TYPES),
            },
            repository=repository,
        )
        return image_of(answer["images"][0]) if answer.get("images") else None

    def _client(self, region: str, identity: Identity) -> Any:
        # Making one costs more than most calls; renewed credentials need a new one.
        key = (region, identity.credentials.access_key_id)
        if key not in self._clients:
            self._clients[key] = client("ecr", identity, region)
        return self._clients[key]

    def _call(
        self,
        region: str,
        operation: str,
        arguments: Mapping[str, Any],
        *,
        repository: Repository | None = None,
    ) -> dict[str, Any]:
        identity = self._identity()
        try:
            answer = getattr(self._client(region, identity), operation)(**arguments)
        except ClientError as error:
            raise denial.of(error, identity, repository) from error
        except BotoCoreError as error:
            raise explain(error, doing=f"asking ECR in {region}", identity=identity) from error
        return cast(dict[str, Any], answer)


def image_of(answered: Mapping[str, Any]) -> Image:
    """From an image as BatchGetImage answers it; its manifest is JSON text."""
    manifest = json.loads(answered["imageManifest"])
    parts = [manifest.get("config") or {}, *(manifest.get("layers") or [])]
    return Image(
        digest=str(answered["imageId"]["imageDigest"]),
        size=sum(int(part.get("size", 0)) for part in parts),
    )

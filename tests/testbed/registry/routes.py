"""A registry's URLs, and the ECR actions that requests stand for."""

import re
from dataclasses import dataclass
from enum import Enum, auto

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
_NAME = r"(?P<repository>[a-z0-9]+(?:(?:\.|_|__|-+|/)[a-z0-9]+)*)"
_DIGEST = r"sha256:[0-9a-f]{64}"


class Kind(Enum):
    MANIFEST = auto()
    BLOB = auto()
    UPLOADS = auto()
    UPLOAD = auto()
    TAGS = auto()


_ROUTES = {
    Kind.MANIFEST: rf"/v2/{_NAME}/manifests/(?P<reference>{_DIGEST}|\w[\w.-]{{0,127}})",
    Kind.BLOB: rf"/v2/{_NAME}/blobs/(?P<reference>{_DIGEST})",
    Kind.UPLOADS: rf"/v2/{_NAME}/blobs/uploads/?",
    Kind.UPLOAD: rf"/v2/{_NAME}/blobs/uploads/(?P<reference>[\w=-]+)",
    Kind.TAGS: rf"/v2/{_NAME}/tags/list",
}

# What a client's request asks of IAM. A push or pull needs the permissions of the API's calls.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
ACTIONS = {
    (Kind.MANIFEST, "GET"): "ecr:BatchGetImage",
    (Kind.MANIFEST, "HEAD"): "ecr:BatchGetImage",
    (Kind.MANIFEST, "PUT"): "ecr:PutImage",
    (Kind.BLOB, "HEAD"): "ecr:BatchCheckLayerAvailability",
    (Kind.BLOB, "GET"): "ecr:GetDownloadUrlForLayer",
    (Kind.UPLOADS, "POST"): "ecr:InitiateLayerUpload",
    (Kind.UPLOAD, "GET"): "ecr:UploadLayerPart",
    (Kind.UPLOAD, "PATCH"): "ecr:UploadLayerPart",
    (Kind.UPLOAD, "PUT"): "ecr:CompleteLayerUpload",
    (Kind.TAGS, "GET"): "ecr:ListImages",
}


@dataclass(frozen=True)
class Route:
    kind: Kind
    repository: str
    reference: str  # a tag, a digest or an upload's id; empty where there is none

    @property
    def by_digest(self) -> bool:
        return self.reference.startswith("sha256:")


def parse(path: str) -> Route | None:
    for kind, pattern in _ROUTES.items():
        if found := re.fullmatch(pattern, path):
            return Route(kind, found["repository"], found.groupdict().get("reference") or "")
    return None

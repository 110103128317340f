"""ECR's registry: docker's requests under IAM's rules, answered from the state of the ECR API."""

import hashlib
import json
import threading
from dataclasses import replace
from io import BytesIO
from urllib.parse import parse_qsl, urlencode

from testbed.aws.authority import AwsAuthority, EcrImage, ImageTagAlreadyExists
from testbed.registry.backend import Backend
from testbed.registry.gate import VERSION, Gate
from testbed.registry.message import Body, Refused, Request, Response
from testbed.registry.routes import ACTIONS, Kind, Route, parse

MANIFEST_LIMIT = 4 * 1024 * 1024


class EcrRegistry:
    """One region's registries. `account` is the host name's: ACCOUNT.dkr.ecr.REGION.amazonaws.com."""

    def __init__(self, backend: Backend, aws: AwsAuthority, region: str) -> None:
        self._backend = backend
        self._aws = aws
        self._region = region
        self._gate = Gate(aws, region)
        self._pushes = threading.Lock()
        self._handlers = {
            Kind.MANIFEST: self._manifest,
            Kind.TAGS: self._tags,
            Kind.UPLOADS: self._begin_upload,
            Kind.UPLOAD: self._forward,
            Kind.BLOB: self._forward,
        }

    def handle(self, request: Request) -> Response:
        principal = self._gate.authenticated(request)
        if request.path in {"/v2", "/v2/"}:
            return Response(status=200, headers={**VERSION, "Content-Length": "0"})
        route = parse(request.path)
        action = ACTIONS.get((route.kind, request.method)) if route else None
        if route is None or action is None:
            raise Refused(404, "UNSUPPORTED", f"{request.method} {request.path}: no such operation")
        account = request.host.partition(".")[0]
        with self._gate.recorded(request, principal, action, route):
            self._gate.authorise(principal, action, account, route.repository)
            return self._handlers[route.kind](request, account, route)

    def _forward(self, request: Request, account: str, route: Route) -> Response:
        return self._backend.forward(
            request, name=route.repository, stored_as=self._stored(account, route.repository)
        )

    def _begin_upload(self, request: Request, account: str, route: Route) -> Response:
        """Mounts from other repositories are an opt-in of the registry; unless enabled, they begin an upload.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
        """
        asked = [(k, v) for k, v in parse_qsl(request.query) if k not in {"mount", "from"}]
        stored = self._stored(account, route.repository)
        return self._backend.forward(request, name=route.repository, stored_as=stored, query=urlencode(asked))

    def _tags(self, request: Request, account: str, route: Route) -> Response:
        del request
        tags = sorted(self._aws.ecr.tags(account, route.repository))
        body = json.dumps({"name": route.repository, "tags": tags}).encode()
        kind = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return Response(status=200, headers={**VERSION, **kind}, body=(body,))

    def _manifest(self, request: Request, account: str, route: Route) -> Response:
        if request.method == "PUT":
            return self._put_manifest(request, account, route)
        # The API's state answers: what PutImage tagged and BatchDeleteImage removed is so for docker too.
        image = self._aws.ecr.image(account, route.repository, route.reference)
        if image is None:
            raise Refused(404, "MANIFEST_UNKNOWN", "Requested image not found")
        headers = {
            **VERSION,
            "Content-Type": image.media_type,
            "Content-Length": str(len(image.manifest)),
            "Docker-Content-Digest": image.digest,
        }
        return Response(
            status=200, headers=headers, body=() if request.method == "HEAD" else (image.manifest,)
        )

    def _put_manifest(self, request: Request, account: str, route: Route) -> Response:
        content = request.body.read(MANIFEST_LIMIT)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if route.by_digest and route.reference != digest:
            raise Refused(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        image = EcrImage(digest=digest, manifest=content, media_type=request.headers.get("content-type", ""))
        tag = None if route.by_digest else route.reference
        with self._pushes:  # or two pushes of one immutable tag would both find it free
            self._refuse_overwriting(account, route.repository, tag)
            stored = self._store_manifest(request, account, route, image)
            if stored.status != 201:
                return stored
            b"".join(stored.body)  # to the end, which closes the connection
            try:
                self._aws.ecr.put_image(account, route.repository, image, tag)
            except ImageTagAlreadyExists as error:
                raise Refused(400, "TAG_INVALID", str(error)) from error
        location = f"https://{request.host}/v2/{route.repository}/manifests/{digest}"
        headers = {**VERSION, "Location": location, "Docker-Content-Digest": digest, "Content-Length": "0"}
        return Response(status=201, headers=headers)

    def _refuse_overwriting(self, account: str, name: str, tag: str | None) -> None:
        """Even the same image again: https://github.com/aws/containers-roadmap/issues/2179."""
        repository = self._aws.ecr.repository(account, name)
        if repository and repository.immutable and tag in self._aws.ecr.tags(account, name):
            raise Refused(
                400,
                "TAG_INVALID",
                f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten "
                "because the tag is immutable.",
            )

    def _store_manifest(self, request: Request, account: str, route: Route, image: EcrImage) -> Response:
        """By digest: distribution checks that the blobs are there; which tags exist is the API's to know."""
        stored = self._stored(account, route.repository)
        body = Body(stream=BytesIO(image.manifest), length=len(image.manifest))
        headers = {**request.headers, "content-length": str(len(image.manifest))}
        path = f"/v2/{route.repository}/manifests/{image.digest}"
        forwarded = replace(request, path=path, query="", body=body, headers=headers)
        return self._backend.forward(forwarded, name=route.repository, stored_as=stored)

    def _stored(self, account: str, name: str) -> str:
        return stored_name(account, self._region, name)


def stored_name(account: str, region: str, name: str) -> str:
    """The repository's name in the storage that all registries share."""
    return f"{account}/{region}/{name}"

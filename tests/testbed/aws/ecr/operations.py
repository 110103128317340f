"""ECR's API: who may call it on which repository, and the operations on images; moto answers the rest.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from testbed.aws.authority import EcrImage, ImageTagAlreadyExists
from testbed.aws.ecr.store import EcrStore, digest_of
from testbed.aws.errors import AwsError
from testbed.aws.service import Call, Permissions
from testbed.aws.sessions import Sessions

Result = dict[str, Any]
TARGET = "AmazonEC2ContainerRegistry_V20150921"


class EcrApi:
    def __init__(self, store: EcrStore, sessions: Sessions, permissions: Permissions) -> None:
        self._store = store
        self._sessions = sessions
        self._permissions = permissions
        self.operations: dict[str, Callable[[Call], Result]] = {
            "GetAuthorizationToken": self.get_authorization_token,
            "PutImage": self.put_image,
            "BatchGetImage": self.batch_get_image,
            "DescribeImages": self.describe_images,
        }

    def authorize(self, call: Call) -> None:
        """Before any look-up: a repository that isn't there has no policy to let another account in."""
        account = registry(call)
        for name in _names(call):
            arn = f"arn:aws:ecr:{call.region}:{account}:repository/{name}" if name else "*"
            found = self._store.repository(account, name)
            self._permissions.require(call, arn, found.policy if found else None)

    def get_authorization_token(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html"""
        principal = call.caller.principal
        password, expires = self._sessions.ecr_password(principal)
        token = base64.b64encode(f"AWS:{password}".encode()).decode()
        accounts = call.parameters.get("registryIds") or [principal.account]
        endpoints = [f"https://{account}.dkr.ecr.{call.region}.amazonaws.com" for account in accounts]
        return {
            "authorizationData": [
                {"authorizationToken": token, "expiresAt": expires.timestamp(), "proxyEndpoint": endpoint}
                for endpoint in endpoints
            ]
        }

    def put_image(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html"""
        account, name = self._repository(call)
        manifest = str(call.parameters["imageManifest"]).encode()
        tag = call.parameters.get("imageTag")
        image = EcrImage(
            digest=digest_of(manifest), manifest=manifest, media_type=_media_type(call, manifest)
        )
        wanted = call.parameters.get("imageDigest", image.digest)
        if wanted != image.digest:
            raise AwsError("ImageDigestDoesNotMatchException", f"Image digest does not match: {wanted}")
        self._refuse_put(account, name, image, tag)
        try:
            self._store.put_image(account, name, image, tag)
        except ImageTagAlreadyExists as error:
            raise AwsError("ImageTagAlreadyExistsException", str(error)) from None
        return {"image": _image(account, name, image, tag)}

    def _refuse_put(self, account: str, name: str, image: EcrImage, tag: str | None) -> None:
        present = self._store.image(account, name, image.digest)
        if present and (tag is None or self._store.tags(account, name).get(tag) == image.digest):
            raise AwsError(
                "ImageAlreadyExistsException",
                f"Image with digest '{image.digest}' and tag '{tag}' already exists in the repository "
                f"with name '{name}' in registry with id '{account}'",
            )
        manifest = json.loads(image.manifest)
        missing = self._store.missing_parts(account, name, manifest)
        if missing and "manifests" in manifest:
            raise AwsError("ReferencedImagesNotFoundException", f"Referenced images {missing} do not exist")
        if missing:
            raise AwsError("LayersNotFoundException", f"The specified layers could not be found: {missing}")

    def batch_get_image(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html"""
        account, name = self._repository(call)
        images, failures = [], []
        for wanted in call.parameters.get("imageIds", ()):
            image = self._find(account, name, wanted)
            if image is not None:
                images.append(_image(account, name, image, wanted.get("imageTag")))
                continue
            reason = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
            failures.append({"imageId": wanted, **reason})
        return {"images": images, "failures": failures}

    def describe_images(self, call: Call) -> Result:
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html"""
        account, name = self._repository(call)
        wanted = call.parameters.get("imageIds")
        digests = None
        if wanted:
            digests = {self._existing(account, name, image_id).digest for image_id in wanted}
        status = call.parameters.get("filter", {}).get("tagStatus", "ANY")
        return {
            "imageDetails": [
                _detail(account, name, image)
                for image in self._store.images(account, name)
                if (digests is None or image.image_digest in digests)
                and (status == "ANY" or bool(image.image_tags) == (status == "TAGGED"))
            ]
        }

    def _repository(self, call: Call) -> tuple[str, str]:
        account, name = registry(call), str(call.parameters.get("repositoryName", ""))
        if self._store.repository(account, name) is None:
            raise AwsError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{account}'",
            )
        return account, name

    def _find(self, account: str, name: str, wanted: dict[str, str]) -> EcrImage | None:
        found = [self._store.image(account, name, reference) for reference in wanted.values()]
        return found[0] if found and all(image == found[0] for image in found) else None

    def _existing(self, account: str, name: str, wanted: dict[str, str]) -> EcrImage:
        image = self._find(account, name, wanted)
        if image is None:
            digest, tag = wanted.get("imageDigest", "null"), wanted.get("imageTag", "null")
            raise AwsError(
                "ImageNotFoundException",
                f"The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist "
                f"within the repository with name '{name}' in the registry with id '{account}'",
            )
        return image


def registry(call: Call) -> str:
    """The account whose registry is meant: registryId, else the caller's own."""
    return str(call.parameters.get("registryId") or call.caller.principal.account)


def _names(call: Call) -> list[str]:
    if call.operation == "GetAuthorizationToken":
        return [""]
    if "repositoryName" in call.parameters:
        return [str(call.parameters["repositoryName"])]
    names = list(call.parameters.get("repositoryNames") or ())
    return names or (["*"] if call.operation == "DescribeRepositories" else [""])


def _media_type(call: Call, manifest: bytes) -> str:
    media_type = call.parameters.get("imageManifestMediaType")
    try:
        media_type = media_type or json.loads(manifest).get("mediaType")
    except ValueError:
        raise AwsError(
            "InvalidParameterException",
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
        ) from None
    if not media_type:
        raise AwsError(
            "InvalidParameterException",
            "Invalid parameter at 'ImageManifestMediaType' failed to satisfy constraint: 'must not be null'",
        )
    return str(media_type)


def _image(account: str, name: str, image: EcrImage, tag: str | None) -> Result:
    image_id = {"imageDigest": image.digest, **({"imageTag": tag} if tag else {})}
    return {
        "registryId": account,
        "repositoryName": name,
        "imageId": image_id,
        "imageManifest": image.manifest.decode(),
        "imageManifestMediaType": image.media_type,
    }


def _detail(account: str, name: str, image: Any) -> Result:
    size = image.image_size_in_bytes
    config = json.loads(image.image_manifest).get("config", {})
    return {
        "registryId": account,
        "repositoryName": name,
        "imageDigest": image.image_digest,
        "imagePushedAt": image.image_pushed_at,
        "imageManifestMediaType": image.image_manifest_media_type,
        **({"imageTags": list(image.image_tags)} if image.image_tags else {}),
        **({"imageSizeInBytes": size} if size is not None else {}),
        **({"artifactMediaType": config["mediaType"]} if "mediaType" in config else {}),
    }

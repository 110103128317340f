"""ECR's API: permissions by repository, across accounts, and images as ECR keeps them."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from testbed.aws.ecr.store import digest_of
from testbed.selftest.aws.in_process import BUILD, DEV, NODE_DEV, SHARED, Aws, refusal

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
ARN = f"arn:aws:ecr:ap-northeast-2:{SHARED}:repository"
WHO = f"User: arn:aws:sts::{SHARED}:assumed-role/github-build/test is not authorized to perform: "


def manifest(name: str, layers: int = 0) -> str:
    """Without layers unless asked: those would have to be in the repository first."""
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 100,
        "digest": digest_of(name.encode()),
    }
    listed = [{"size": 1000, "digest": digest_of(f"{name}{n}".encode())} for n in range(layers)]
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": listed})


def put(ecr: Any, repository: str, text: str, tag: str | None = None) -> dict[str, Any]:
    tags = {"imageTag": tag} if tag else {}
    image: dict[str, Any] = ecr.put_image(repositoryName=repository, imageManifest=text, **tags)["image"]
    return image


def test_the_token_is_its_callers_for_twelve_hours(aws: Aws) -> None:
    data = aws.client("ecr", aws.session(BUILD)).get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    assert data["proxyEndpoint"] == f"https://{SHARED}.dkr.ecr.ap-northeast-2.amazonaws.com"
    assert timedelta(hours=11, minutes=59) < data["expiresAt"] - aws.now() <= timedelta(hours=12)
    principal = aws.backend.principal_of_ecr_token(password)
    assert principal is not None
    assert principal.role_arn == BUILD
    assert aws.backend.principal_of_ecr_token("guessed") is None
    aws.ahead = timedelta(hours=12, seconds=1)
    assert aws.backend.principal_of_ecr_token(password) is None


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("action", "batch_delete_image", {"repositoryName": "app", "imageIds": [{"imageTag": "x"}]}, "app"),
    ("a repository out of reach", "describe_images", {"repositoryName": "other"}, "other"),
    ("all repositories", "describe_repositories", {}, "*"),
    ("one of two", "describe_repositories", {"repositoryNames": ["app", "other"]}, "other"),
]


@pytest.mark.parametrize(
    ("operation", "arguments", "name"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused(aws: Aws, operation: str, arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(aws.client("ecr", aws.session(BUILD)), operation)(**arguments)
    action = "ecr:" + "".join(word.title() for word in operation.split("_"))
    sentence = (
        f"{WHO}{action} on resource: {ARN}/{name} because no identity-based policy allows the {action} action"
    )
    assert refusal(caught.value) == ("AccessDeniedException", sentence, 400)


def test_another_account_needs_both_sides(aws: Aws) -> None:
    node = aws.client("ecr", aws.session(NODE_DEV))
    wanted = {"registryId": SHARED, "repositoryName": "app", "imageIds": [{"imageTag": "v1"}]}
    assert node.batch_get_image(**wanted)["failures"][0]["failureCode"] == "ImageNotFound"
    with pytest.raises(
        ClientError, match="because no identity-based policy allows the ecr:DescribeImages action"
    ):
        node.describe_images(registryId=SHARED, repositoryName="app")
    aws.backend.ecr._found(SHARED, "app").policy = None
    with pytest.raises(
        ClientError, match="because no resource-based policy allows the ecr:BatchGetImage action"
    ):
        node.batch_get_image(**wanted)


def test_without_registry_id_the_callers_own_account_is_meant(aws: Aws) -> None:
    with pytest.raises(ClientError, match=f"arn:aws:ecr:ap-northeast-2:{DEV}:repository/app"):
        aws.client("ecr", aws.session(NODE_DEV)).batch_get_image(
            repositoryName="app", imageIds=[{"imageTag": "v1"}]
        )


def test_a_repository_that_is_not_there(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    sentence = f"The repository with name 'team/none' does not exist in the registry with id '{SHARED}'"
    for operation, arguments in (
        (ecr.describe_images, {"repositoryName": "team/none"}),
        (ecr.describe_repositories, {"repositoryNames": ["team/none"]}),
    ):
        with pytest.raises(ClientError, match=sentence) as caught:
            operation(**arguments)
        assert refusal(caught.value)[0] == "RepositoryNotFoundException"


def test_repositories_as_the_organisation_has_them(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    found = ecr.describe_repositories(repositoryNames=["app", "app-immutable"])["repositories"]
    shown = {r["repositoryName"]: (r["imageTagMutability"], r["repositoryUri"]) for r in found}
    registry = f"{SHARED}.dkr.ecr.ap-northeast-2.amazonaws.com"
    assert shown == {
        "app": ("MUTABLE", f"{registry}/app"),
        "app-immutable": ("IMMUTABLE", f"{registry}/app-immutable"),
    }


def test_an_image_is_known_by_the_digest_of_its_manifest(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    text = manifest("one")
    digest = put(ecr, "app", text, "v1")["imageId"]["imageDigest"]
    assert digest == digest_of(text.encode())
    put(ecr, "app", text, "latest")
    detail = ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "latest"}])["imageDetails"][0]
    assert (detail["imageDigest"], detail["imageTags"]) == (digest, ["v1", "latest"])
    assert (detail["imageSizeInBytes"], detail["imageManifestMediaType"]) == (100, MANIFEST_TYPE)
    got = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageDigest": digest}])["images"][0]
    assert got["imageManifest"] == text


def test_a_tag_that_moves_leaves_the_image_behind(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    first = put(ecr, "app", manifest("one"), "latest")["imageId"]["imageDigest"]
    second = put(ecr, "app", manifest("two"), "latest")["imageId"]["imageDigest"]
    details = {d["imageDigest"]: d for d in ecr.describe_images(repositoryName="app")["imageDetails"]}
    assert details[second]["imageTags"] == ["latest"]
    assert "imageTags" not in details[first]
    untagged = ecr.describe_images(repositoryName="app", filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [d["imageDigest"] for d in untagged] == [first]


def test_immutable_tags(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    put(ecr, "app-immutable", manifest("one"), "v1")
    with pytest.raises(ClientError, match="'v1' already exists in the 'app-immutable' repository") as caught:
        put(ecr, "app-immutable", manifest("two"), "v1")
    assert refusal(caught.value)[0] == "ImageTagAlreadyExistsException"
    put(ecr, "app-immutable", manifest("two"), "v2")


IMAGE = {"mediaType": MANIFEST_TYPE, "size": 1, "digest": digest_of(b"absent")}
INDEX = json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [IMAGE]})
PUTS: list[tuple[str, dict[str, Any], str]] = [
    ("the same again", {"imageManifest": manifest("one"), "imageTag": "v1"}, "ImageAlreadyExistsException"),
    ("layers missing", {"imageManifest": manifest("two", layers=2)}, "LayersNotFoundException"),
    ("index of nothing", {"imageManifest": INDEX}, "ReferencedImagesNotFoundException"),
    ("not JSON", {"imageManifest": "{"}, "InvalidParameterException"),
    ("no media type", {"imageManifest": "{}"}, "InvalidParameterException"),
    (
        "another digest",
        {"imageManifest": manifest("two"), "imageDigest": digest_of(b"")},
        "ImageDigestDoesNotMatchException",
    ),
]


@pytest.mark.parametrize(("arguments", "code"), [row[1:] for row in PUTS], ids=[row[0] for row in PUTS])
def test_put_refused(aws: Aws, arguments: dict[str, Any], code: str) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    put(ecr, "app", manifest("one"), "v1")
    with pytest.raises(ClientError) as caught:
        ecr.put_image(repositoryName="app", **arguments)
    assert refusal(caught.value)[0] == code


def test_an_image_that_is_not_there(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    with pytest.raises(
        ClientError, match=r"imageTag:'v9'} does not exist within the repository with name 'app'"
    ):
        ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "v9"}])

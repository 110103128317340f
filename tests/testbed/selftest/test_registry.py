"""The registry's front without AWS, network or root: who may do what, in which words."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from testbed import organisation
from testbed.registry import app, hub
from testbed.registry.routes import Kind, Route, parse
from testbed.selftest.registry_front import ARN, ECR, REPOSITORY, Aws, Front, Storage, basic

HUB = "registry-1.docker.io"
DIGEST = f"sha256:{'a' * 64}"
MANIFEST = b'{"schemaVersion":2}'
MANIFEST_DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


@pytest.fixture
def front() -> Iterator[Front]:
    asked: list[tuple[str, str, bytes]] = []
    handler = type("Recording", (Storage,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        aws = Aws()
        url = f"http://127.0.0.1:{server.server_port}"
        yield Front(aws, asked, app.create(url, aws, organisation.built_in()))
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v2/app/manifests/v1.0", Route(Kind.MANIFEST, "app", "v1.0")),
        (f"/v2/team/service/manifests/{DIGEST}", Route(Kind.MANIFEST, "team/service", DIGEST)),
        (f"/v2/a/b/c/blobs/{DIGEST}", Route(Kind.BLOB, "a/b/c", DIGEST)),
        ("/v2/app/blobs/uploads/", Route(Kind.UPLOADS, "app", "")),
        ("/v2/app/blobs/uploads/1f-2e", Route(Kind.UPLOAD, "app", "1f-2e")),
        ("/v2/app/tags/list", Route(Kind.TAGS, "app", "")),
        ("/v2/App/tags/list", None),
        ("/v2/../secret/tags/list", None),
        ("/v2/app/manifests/-v1", None),
        ("/v2/app/blobs/sha256:short", None),
        ("/v2/_catalog", None),
    ],
)
def test_a_path_is_one_operation(path: str, route: Route | None) -> None:
    assert parse(path) == route


@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        (None, 401, "Not Authorized"),
        ("Basic ???", 401, "Not Authorized"),
        ("Bearer good", 401, "Not Authorized"),
        (basic("me", "good"), 401, "Not Authorized"),
        (basic("AWS", "old"), 403, "Your authorization token has expired. Reauthenticate and try again."),
    ],
)
def test_ecr_asks_for_its_own_token(
    front: Front, authorization: str | None, status: int, message: str
) -> None:
    answer = front.ask("GET", "/v2/", authorization=authorization)
    assert (answer.status, answer.error[1]) == (status, message)
    challenge = f'Basic realm="https://{ECR}/",service="ecr.amazonaws.com"'
    assert answer.headers.get("WWW-Authenticate") == (challenge if status == 401 else None)


def test_a_good_token_logs_in(front: Front) -> None:
    assert front.ask("GET", "/v2/").status == 200


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("HEAD", f"/v2/app/blobs/{DIGEST}", "ecr:BatchCheckLayerAvailability"),
        ("GET", f"/v2/app/blobs/{DIGEST}", "ecr:GetDownloadUrlForLayer"),
        ("POST", "/v2/app/blobs/uploads/", "ecr:InitiateLayerUpload"),
        ("PATCH", "/v2/app/blobs/uploads/1", "ecr:UploadLayerPart"),
        ("PUT", "/v2/app/blobs/uploads/1", "ecr:CompleteLayerUpload"),
        ("PUT", "/v2/app/manifests/v1", "ecr:PutImage"),
        ("GET", "/v2/app/manifests/v1", "ecr:BatchGetImage"),
        ("HEAD", "/v2/app/manifests/v1", "ecr:BatchGetImage"),
        ("GET", "/v2/app/tags/list", "ecr:ListImages"),
    ],
)
def test_each_request_needs_its_permission(front: Front, method: str, path: str, action: str) -> None:
    front.aws.allowed.remove(action)
    answer = front.ask(method, path)
    assert answer.status == 403
    assert answer.error == (
        "DENIED",
        (
            f"User: {ARN} is not authorized to perform: {action} on resource: {REPOSITORY}/app "
            f"because no identity-based policy allows the {action} action"
        ),
    )
    assert front.asked == []
    (call,) = front.aws.calls
    assert (call["action"], call["principal"], call["outcome"]) == (action, ARN, "DENIED")
    assert call["parameters"]["repositoryName"] == "app"


def test_a_missing_repository_is_named(front: Front) -> None:
    answer = front.ask("POST", "/v2/nothing/blobs/uploads/")
    assert answer.status == 404
    assert answer.error == (
        "NAME_UNKNOWN",
        "The repository with name 'nothing' does not exist in the registry with id '111111111111'",
    )


def test_whoever_may_not_ask_does_not_learn_what_exists(front: Front) -> None:
    front.aws.allowed.clear()
    assert front.ask("POST", "/v2/nothing/blobs/uploads/").status == 403


@pytest.mark.parametrize("chunked", [True, False])
def test_a_layer_goes_to_the_accounts_storage(front: Front, *, chunked: bool) -> None:
    answer = front.ask("PATCH", "/v2/app/blobs/uploads/1?_state=s", body=b"layer" * 200_000, chunked=chunked)
    assert answer.status == 202
    stored = "/v2/111111111111/ap-northeast-2/app/blobs/uploads/1?_state=s"
    assert front.asked == [("PATCH", stored, b"layer" * 200_000)]


def test_locations_are_those_of_the_visible_registry(front: Front) -> None:
    answer = front.ask("POST", "/v2/team/service/blobs/uploads/")
    expected = f"https://{ECR}/v2/team/service/blobs/uploads/id-1?_state=secret"
    assert answer.headers["Location"] == expected


def test_a_mount_begins_an_upload(front: Front) -> None:
    front.ask("POST", f"/v2/app/blobs/uploads/?mount={DIGEST}&from=team/service")
    assert front.asked == [("POST", "/v2/111111111111/ap-northeast-2/app/blobs/uploads/", b"")]


def test_a_blob_comes_from_storage(front: Front) -> None:
    assert front.ask("GET", f"/v2/app/blobs/{DIGEST}").body == b"blob"


def test_a_pushed_image_is_in_the_api_and_can_be_pulled(front: Front) -> None:
    pushed = front.ask("PUT", "/v2/app/manifests/v1", body=MANIFEST)
    assert (pushed.status, pushed.headers["Docker-Content-Digest"]) == (201, MANIFEST_DIGEST)
    assert front.aws.ecr.tags("111111111111", "app") == {"v1": MANIFEST_DIGEST}
    for reference in ("v1", MANIFEST_DIGEST):
        pulled = front.ask("GET", f"/v2/app/manifests/{reference}")
        assert (pulled.status, pulled.body) == (200, MANIFEST)
        assert pulled.headers["Content-Type"] == "application/vnd.oci.image.manifest.v1+json"


def test_a_missing_image_is_unknown(front: Front) -> None:
    answer = front.ask("GET", "/v2/app/manifests/v9")
    assert (answer.status, answer.error) == (404, ("MANIFEST_UNKNOWN", "Requested image not found"))


def test_a_manifest_has_the_digest_it_is_put_under(front: Front) -> None:
    answer = front.ask("PUT", f"/v2/app/manifests/{DIGEST}", body=MANIFEST)
    assert (answer.status, answer.error[0]) == (400, "DIGEST_INVALID")


@pytest.mark.parametrize("second", [MANIFEST, b'{"schemaVersion":2,"layers":[]}'])
def test_an_immutable_tag_stays(front: Front, second: bytes) -> None:
    front.ask("PUT", "/v2/frozen/manifests/v1", body=MANIFEST)
    answer = front.ask("PUT", "/v2/frozen/manifests/v1", body=second)
    assert answer.status == 400
    assert answer.error == (
        "TAG_INVALID",
        (
            "The image tag 'v1' already exists in the 'frozen' repository and cannot be overwritten "
            "because the tag is immutable."
        ),
    )
    assert front.aws.ecr.tags("111111111111", "frozen") == {"v1": MANIFEST_DIGEST}


def test_a_mutable_tag_moves(front: Front) -> None:
    front.ask("PUT", "/v2/app/manifests/v1", body=MANIFEST)
    assert front.ask("PUT", "/v2/app/manifests/v1", body=b"{}").status == 201
    assert front.aws.ecr.tags("111111111111", "app") != {"v1": MANIFEST_DIGEST}


def bearer(*scopes: str) -> str:
    return f"Bearer {hub.encode_token(list(scopes))}"


@pytest.mark.parametrize(
    ("method", "path", "authorization", "status"),
    [
        ("GET", "/v2/", None, 401),
        ("GET", "/v2/", bearer(), 200),
        ("GET", "/v2/library/python/manifests/3.13-slim", None, 401),
        ("GET", "/v2/library/python/manifests/3.13-slim", bearer("repository:library/python:pull"), 200),
        ("GET", "/v2/library/python/manifests/3.13-slim", bearer("repository:library/busybox:pull"), 401),
        ("GET", "/v2/library/nothing/manifests/1", bearer("repository:library/nothing:pull"), 401),
        ("POST", "/v2/library/python/blobs/uploads/", bearer("repository:library/python:pull"), 401),
        ("PUT", "/v2/library/python/manifests/x", bearer("repository:library/python:pull"), 401),
    ],
)
def test_docker_hub_lets_pull_and_nothing_else(
    front: Front, method: str, path: str, authorization: str | None, status: int
) -> None:
    answer = front.ask(method, path, host=HUB, authorization=authorization)
    assert answer.status == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert bool(front.asked) == (status == 200 and "manifests" in path)


def test_docker_hubs_token_covers_pulling_alone(front: Front) -> None:
    scopes = "scope=repository:library/python:pull,push&scope=repository:me/app:push"
    answer = front.ask("GET", f"/token?service=registry.docker.io&{scopes}", host="auth.docker.io")
    token = json.loads(answer.body)["token"]
    assert hub.decode_token(f"Bearer {token}") == ["repository:library/python:pull"]


def test_another_host_is_no_registry(front: Front) -> None:
    answer = front.ask("GET", "/v2/", host="444444444444.dkr.ecr.ap-northeast-2.amazonaws.com")
    assert answer.status == 404

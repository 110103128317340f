"""Registries broken on purpose, as a runner's Docker engine sees it, and curl where that hides too much."""

import contextlib
import json
import secrets
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.test_registry import REGISTRY, Docker, ecr
from testbed.bed import Bed
from testbed.faults.active import heal, strike, struck
from testbed.runner_host.machine import Machine

RUNNER = "arn:aws:iam::111111111111:role/runner"
APP = f"{REGISTRY}/app"
MEGABYTE = 1 << 20
UPLOADS = "http://127.0.0.1:5000/v2/full/blobs/uploads/"  # of distribution itself


@pytest.fixture(scope="module")
def token(bed: Bed) -> str:
    client = ecr(bed.credentials(RUNNER))
    return str(client.get_authorization_token()["authorizationData"][0]["authorizationToken"])


@pytest.fixture(scope="module")
def docker(token: str) -> Iterator[Docker]:
    machine = Machine()
    made = Docker(machine, f"/tmp/docker-{uuid.uuid4().hex}")
    made.put_token(token)
    yield made
    machine.run(["rm", "-rf", made.config], check=True)


@pytest.fixture
def image(docker: Docker) -> str:
    """A tag of the repository `app` for a small image that nobody has pushed."""
    name = f"{APP}:{uuid.uuid4().hex}"
    docker.build(name)
    return name


class Curl:
    """ECR's registry by curl, with docker's password; `blob` is one of a megabyte that is there."""

    def __init__(self, token: str, folder: Path) -> None:
        self._login = ["-H", f"Authorization: Basic {token}"]
        self._content = folder / "content"
        self._content.write_bytes(secrets.token_bytes(MEGABYTE))
        self.blob = f"https://{APP.replace('/', '/v2/', 1)}/blobs/sha256:{_sha256(self._content)}"
        done = self.upload(f"digest={self.blob.rpartition('/')[2]}", method="PUT")
        assert done.stdout.endswith("201"), done

    def __call__(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        ending = ["-o", "/dev/null", "-w", "%{size_download} %{http_code}"]
        return self._run(*ending, *argv)

    def upload(self, query: str = "", method: str = "PATCH") -> "subprocess.CompletedProcess[str]":
        """Of the megabyte, in one piece or (PUT) as a whole blob."""
        begun = self._run("-X", "POST", "-D", "-", f"{self.blob.partition('/sha256')[0]}/uploads/").stdout
        (place,) = (line.split()[1] for line in begun.splitlines() if line.lower().startswith("location:"))
        headers = ["-H", "Content-Type: application/octet-stream", "-H", "Expect:"]
        return self("-X", method, "--data-binary", f"@{self._content}", *headers, f"{place}&{query}")

    def _run(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        command = ["curl", "-sS", *self._login, *argv]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def curl(token: str, tmp_path_factory: pytest.TempPathFactory) -> Curl:
    return Curl(token, tmp_path_factory.mktemp("curl"))


def _sha256(file: Path) -> str:
    return output("sha256sum", str(file)).split()[0]


def output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


PUSHES = [
    ({"request": "upload", "status": "401"}, "unauthorized: Not Authorized"),
    ({"request": "upload", "status": "401", "after": "2"}, "unauthorized: Not Authorized"),
    (
        {"request": "manifest", "method": "PUT", "status": "403"},
        "denied: Your authorization token has expired. Reauthenticate and try again.",
    ),
    ({"status": "429", "host": "*.dkr.ecr.*", "retry_after": "1"}, "toomanyrequests: Rate exceeded"),
    ({"request": "manifest", "method": "PUT"}, "received unexpected HTTP status: 500 Internal Server Error"),
    # Docker goes on without what the ping would have told it: how to log in.
    ({"request": "ping", "status": "503"}, "unauthorized: Not Authorized"),
    (
        {"repository": "ap*", "status": "400", "code": "DENIED", "message": "Not today"},
        "denied: Not today",
    ),
]


@pytest.mark.parametrize(("given", "said"), PUSHES)
def test_docker_cannot_push(docker: Docker, image: str, given: dict[str, str], said: str) -> None:
    with struck("registry-error", **given):
        done = docker("push", image)
    assert done.returncode == 1
    assert said in done.stderr
    assert docker("push", image).returncode == 0


def test_another_repository_is_left_alone(docker: Docker, image: str) -> None:
    with struck("registry-error", repository="team/*"), struck("registry-error", host="*.docker.io"):
        assert docker("push", image).returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": "429"}, "toomanyrequests: You have reached your pull rate limit."),
        ({"request": "token", "status": "503"}, "received unexpected HTTP status: 503"),
        ({"request": "manifest", "host": "registry-1.docker.io", "status": "500"}, "status: 500"),
    ],
)
def test_docker_cannot_pull_from_docker_hub(docker: Docker, given: dict[str, str], said: str) -> None:
    with struck("registry-error", **given):
        done = docker("pull", "busybox")
    assert done.returncode == 1
    assert said in done.stderr
    assert docker("pull", "busybox").returncode == 0


def test_a_limit_says_when_to_come_back() -> None:
    with struck("registry-error", status="429", retry_after="17"):
        answer = output("curl", "-si", "https://registry-1.docker.io/v2/")
    head, _, body = answer.partition("\n\n")
    assert "Retry-After: 17" in head
    assert json.loads(body)["errors"][0]["code"] == "TOOMANYREQUESTS"


def test_the_quota_for_images_is_used_up(docker: Docker, image: str) -> None:
    with struck("registry-full", of="images", repository="app"):
        done = docker("push", image)
    assert done.returncode == 1
    assert (
        "denied: The repository with name 'app' in registry with id '111111111111' already has the maximum "
        "allowed number of images which is '100000'" in done.stderr
    )
    assert docker("push", image).returncode == 0


def said_by(pushing: "subprocess.Popen[str]", word: str) -> None:
    """Wait until the command says so."""
    assert pushing.stdout
    seen = ""
    for line in pushing.stdout:
        seen += line
        if word in line:
            return
    pytest.fail(f"{word!r} was not said: {seen}")


def pushing(docker: Docker, image: str) -> "subprocess.Popen[str]":
    both: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return docker.machine.popen(["docker", "push", image], env={"DOCKER_CONFIG": docker.config}, **both)


def test_the_storage_is_full(docker: Docker, image: str, curl: Curl) -> None:
    """Docker tries again after five seconds, and finds it healed; what was stored can be read all along."""
    with struck("registry-full"):
        push = pushing(docker, image)
        said_by(push, "Retrying in")
        assert curl(curl.blob).stdout == f"{MEGABYTE} 200"
        refused = output("nsenter", "--net=/run/netns/ea-aws", "curl", "-s", "-X", "POST", UPLOADS)
    assert json.loads(refused)["errors"][0]["detail"]["Enclosed"]["Err"] == 28  # ENOSPC
    assert push.wait(timeout=30) == 0


def test_an_upload_is_cut_in_the_middle_and_tried_again(docker: Docker, image: str) -> None:
    with struck("registry-cut", request="upload", method="PATCH", at="request", times="1"):
        push = pushing(docker, image)
        said_by(push, "Retrying in")
        assert push.wait(timeout=30) == 0


@pytest.mark.parametrize(("at", "exit_codes"), [("request", {52, 55, 56}), ("answer", {52, 55, 56})])
def test_curl_sees_an_upload_cut(curl: Curl, at: str, exit_codes: set[int]) -> None:
    with struck("registry-cut", request="upload", method="PATCH", at=at):
        done = curl.upload()
    assert done.returncode in exit_codes, done
    assert curl.upload().stdout.endswith("202")


def test_half_of_a_blob_comes(curl: Curl) -> None:
    with struck("registry-cut", request="blob", method="GET"):
        done = curl(curl.blob)
    assert done.returncode in {18, 56}, done
    assert done.stdout == f"{MEGABYTE // 2} 200"
    assert curl(curl.blob).stdout == f"{MEGABYTE} 200"


@pytest.mark.parametrize("direction", ["down", "up"])
def test_so_many_bytes_a_second(curl: Curl, direction: str) -> None:
    def taken() -> float:
        before = time.monotonic()
        done = curl(curl.blob) if direction == "down" else curl.upload()
        assert done.returncode == 0
        return time.monotonic() - before

    with struck("registry-slow", request="blob" if direction == "down" else "upload", rate=str(MEGABYTE)):
        slow = taken()
    assert 0.9 < slow < 3
    assert taken() < slow


def test_who_waits_for_a_registry_is_served_when_it_is_healed(docker: Docker) -> None:
    fault = strike("registry-hang", host="registry-1.docker.io", request="manifest")
    pull = docker.machine.popen(["docker", "pull", "busybox"], stdout=subprocess.PIPE)
    with contextlib.suppress(subprocess.TimeoutExpired):
        pytest.fail(f"answered {pull.communicate(timeout=0.7)}")
    heal([fault])
    pull.communicate(timeout=10)
    assert pull.returncode == 0


def test_a_registry_takes_its_time(docker: Docker) -> None:
    with struck("registry-slow", request="token", delay="0.7", rate="0"):
        before = time.monotonic()
        assert docker("pull", "busybox").returncode == 0
        assert time.monotonic() - before > 0.7

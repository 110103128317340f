"""ECR and Docker Hub as the machine's real Docker engine meets them."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Any

import boto3
import pytest

from testbed import organisation, paths
from testbed.aws.control_client import ControlClient
from testbed.images.image import architecture
from testbed.runner_host import kinds
from testbed.runner_host.machine import Machine

ORG = organisation.load()
REGISTRY = ORG.registry
SHARED = ORG.accounts["shared"].id
NODE = f"arn:aws:iam::{ORG.accounts['dev'].id}:role/eks-node"
METADATA = "http://169.254.169.254/latest"
TOKEN = ["-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60", f"{METADATA}/api/token"]
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]


@dataclass
class Docker:
    """The docker client on the machine, with a configuration (its logins) of its own."""

    machine: Machine
    config: str

    def __call__(self, *argv: str, **options: Any) -> "CompletedProcess[str]":
        env = {"DOCKER_CONFIG": self.config}
        done: CompletedProcess[str] = self.machine.run(
            ["docker", *argv], env=env, capture_output=True, text=True, timeout=120, **options
        )
        return done

    def login(self, client: Any) -> None:
        data = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        self.put_token(data)

    def put_token(self, token: str) -> None:
        auth = json.dumps({"auths": {REGISTRY: {"auth": token}}})
        write = ["sh", "-c", 'umask 077; mkdir -p "$1"; cat >"$1/config.json"', "sh", self.config]
        self.machine.run(write, input=auth, text=True, check=True)

    def build(self, image: str, base: str = "busybox") -> None:
        """An image nobody has seen, from a context on standard input."""
        dockerfile = f"FROM {base}\nRUN echo {uuid.uuid4()} > /unique\n"
        done = self("buildx", "build", "--load", "--tag", image, "-", input=dockerfile)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def docker() -> Iterator[Docker]:
    machine = Machine()
    config = f"/tmp/docker-{uuid.uuid4().hex}"
    yield Docker(machine, config)
    machine.run(["rm", "-rf", config], check=True)


@pytest.fixture
def control() -> Iterator[ControlClient]:
    client = ControlClient(paths.state())
    yield client
    client.post("/restore")


@pytest.fixture
def containerd_docker() -> Docker:
    """With the image store that attests and exports caches, as new installations of Docker have it."""
    return Docker(kinds.machine(ORG, "containerd-store"), f"/tmp/docker-{uuid.uuid4().hex}")


def ecr(credentials: dict[str, str]) -> Any:
    return boto3.client(
        "ecr",
        region_name=ORG.region,
        aws_access_key_id=credentials["access_key_id"],
        aws_secret_access_key=credentials["secret_access_key"],
        aws_session_token=credentials["session_token"],
    )


@pytest.fixture
def runner() -> Any:
    """An ECR client with what the instance's metadata gives the machine: the role of the runners."""
    machine = Machine()

    def curl(*argv: str) -> str:
        done = machine.run(["curl", "-sSf", *argv], capture_output=True, text=True, check=True)
        return str(done.stdout)

    header = ["-H", f"X-aws-ec2-metadata-token: {curl(*TOKEN)}"]
    found = json.loads(curl(*header, f"{METADATA}/meta-data/iam/security-credentials/runner"))
    return ecr(
        {
            "access_key_id": found["AccessKeyId"],
            "secret_access_key": found["SecretAccessKey"],
            "session_token": found["Token"],
        }
    )


@pytest.fixture
def node(control: ControlClient) -> Any:
    """An ECR client with the role of the dev cluster's nodes, in another account than the registry's."""
    return ecr(control.post("/instance-credentials", role_arn=NODE, instance_id="i-0123456789abcdef0"))


@pytest.fixture
def auditor(control: ControlClient) -> Iterator[Any]:
    """An ECR client that may look at images: pushing doesn't ask for that, so the runners may not."""
    arn = f"arn:aws:iam::{SHARED}:role/auditor"
    trust = json.loads((organisation.POLICIES / "ec2-trust.json").read_text())
    control.post(f"/roles/{arn}", trust=trust, policies=policy("ecr:DescribeImages"))
    yield ecr(control.post("/instance-credentials", role_arn=arn, instance_id="i-0fedcba9876543210"))
    control.delete(f"/roles/{arn}")


def policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", *actions], "Resource": "*"}
    return {"test": {"Version": "2012-10-17", "Statement": [statement]}}


def image(repository: str = "app") -> str:
    return f"{REGISTRY}/{repository}:{uuid.uuid4().hex}"


def tag(name: str) -> str:
    return name.rpartition(":")[2]


def pushed(docker: Docker, client: Any, name: str, base: str = "busybox") -> str:
    docker.login(client)
    docker.build(name, base)
    done = docker("push", name)
    assert done.returncode == 0, done.stderr
    return name


@pytest.mark.parametrize("base", ["busybox", "python:3.13-slim"])
def test_a_push_shows_up_in_the_ecr_api(docker: Docker, runner: Any, auditor: Any, base: str) -> None:
    name = pushed(docker, runner, image(), base)
    found = auditor.describe_images(repositoryName="app", imageIds=[{"imageTag": tag(name)}])
    (details,) = found["imageDetails"]
    said = docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", name).stdout.strip()
    assert said == f"{REGISTRY}/app@{details['imageDigest']}"
    assert details["imageTags"] == [tag(name)]


def test_buildx_pushes_what_it_builds(docker: Docker, runner: Any, auditor: Any) -> None:
    name = image("team/service")
    docker.login(runner)
    argv = ["buildx", "build", "--push", "--tag", name, "-"]
    done = docker(*argv, input=f"FROM busybox\nRUN echo {name}\n")
    assert done.returncode == 0, done.stderr
    assert auditor.describe_images(repositoryName="team/service", imageIds=[{"imageTag": tag(name)}])


def test_an_index_with_its_attestation_is_pushed(containerd_docker: Docker, runner: Any) -> None:
    name = image()
    containerd_docker.login(runner)
    argv = ["buildx", "build", "--provenance=mode=max", "--push", "--tag", name, "-"]
    done = containerd_docker(*argv, input=f"FROM busybox\nRUN echo {name}\n")
    assert done.returncode == 0, done.stderr
    (found,) = runner.batch_get_image(repositoryName="app", imageIds=[{"imageTag": tag(name)}])["images"]
    assert found["imageManifestMediaType"] == "application/vnd.oci.image.index.v1+json"
    manifests = json.loads(found["imageManifest"])["manifests"]
    assert [m["platform"]["architecture"] for m in manifests] == [architecture(), "unknown"]


def test_a_build_cache_is_kept_in_the_registry(containerd_docker: Docker, runner: Any) -> None:
    """https://aws.amazon.com/blogs/containers/announcing-remote-cache-support-in-amazon-ecr-for-buildkit-clients/"""
    docker, name = containerd_docker, image()
    docker.login(runner)
    dockerfile = f"FROM busybox\nRUN echo {name} > /unique\n"
    cache = f"type=registry,ref={name}"
    to = f"{cache},mode=max,image-manifest=true,oci-mediatypes=true"
    done = docker("buildx", "build", "--cache-to", to, "-", input=dockerfile)
    assert done.returncode == 0, done.stderr
    docker("builder", "prune", "--all", "--force")
    again = docker("buildx", "build", "--progress=plain", "--cache-from", cache, "-", input=dockerfile)
    assert "CACHED" in again.stderr


def test_what_is_pushed_can_be_pulled_and_run(docker: Docker, runner: Any) -> None:
    name = pushed(docker, runner, image())
    assert docker("image", "rm", name).returncode == 0
    assert docker("run", "--rm", name, "cat", "/unique").stdout.strip()


def test_a_tag_put_by_the_api_can_be_pulled(docker: Docker, runner: Any) -> None:
    first, second = pushed(docker, runner, image()), image()
    (found,) = runner.batch_get_image(repositoryName="app", imageIds=[{"imageTag": tag(first)}])["images"]
    runner.put_image(
        repositoryName="app",
        imageManifest=found["imageManifest"],
        imageManifestMediaType=found["imageManifestMediaType"],
        imageTag=tag(second),
    )
    done = docker("pull", second)
    assert done.returncode == 0, done.stderr
    assert found["imageId"]["imageDigest"] in done.stdout


def test_without_a_login_nothing_is_pushed(docker: Docker) -> None:
    name = image()
    docker.build(name)
    done = docker("push", name)
    assert done.returncode == 1
    assert "no basic auth credentials" in done.stderr


def test_an_old_token_is_named(docker: Docker) -> None:
    docker.put_token("QVdTOm5vLWxvbmdlci1nb29k")  # AWS:no-longer-good
    done = docker("pull", image())
    assert done.returncode == 1
    assert "Your authorization token has expired. Reauthenticate and try again." in done.stderr


def test_a_missing_repository_is_named(docker: Docker, runner: Any, control: ControlClient) -> None:
    control.post(f"/roles/arn:aws:iam::{SHARED}:role/runner", policies=policy("ecr:*"))
    name = image("nothing")
    docker.login(runner)
    docker.build(name)
    done = docker("push", name)
    assert done.returncode == 1
    assert (
        f"name unknown: The repository with name 'nothing' does not exist in the registry with id '{SHARED}'"
        in done.stderr
    )


def test_an_immutable_tag_stays(docker: Docker, runner: Any) -> None:
    name = pushed(docker, runner, image("app-immutable"))
    docker.build(name)
    done = docker("push", name)
    assert done.returncode == 1
    assert (
        f"tag invalid: The image tag '{tag(name)}' already exists in the 'app-immutable' repository "
        "and cannot be overwritten because the tag is immutable." in done.stderr
    )


def test_another_accounts_nodes_pull(docker: Docker, runner: Any, node: Any) -> None:
    name = pushed(docker, runner, image())
    docker("image", "rm", name)
    docker.login(node)
    done = docker("pull", name)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("action", PULL[1:])
def test_a_pull_lacks_one_permission(
    docker: Docker, runner: Any, node: Any, control: ControlClient, action: str
) -> None:
    name = pushed(docker, runner, image())
    docker("image", "rm", name)
    control.post(f"/roles/{NODE}", policies=policy(*(a for a in PULL if a != action)))
    docker.login(node)
    done = docker("pull", name)
    assert done.returncode == 1
    assert f"is not authorized to perform: {action} on resource" in done.stderr
    assert f"because no identity-based policy allows the {action} action" in done.stderr


def test_another_accounts_push_needs_the_repositorys_policy(
    docker: Docker, node: Any, control: ControlClient
) -> None:
    control.post(f"/roles/{NODE}", policies=policy(*PULL, *PUSH))
    name = image()
    docker.login(node)
    docker.build(name)
    done = docker("push", name)
    assert done.returncode == 1
    denied = "because no resource-based policy allows the ecr:InitiateLayerUpload action"
    assert denied in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("python:3.13-slim", "Status: "),
        ("docker.io/library/busybox:1.37", "Status: "),
        ("registry-1.docker.io/library/busybox:latest", "Status: "),
        ("python:2.7", "manifest for python:2.7 not found"),
        ("nobody/nothing", "pull access denied for nobody/nothing, repository does not exist"),
    ],
)
def test_docker_hub_has_the_base_images(docker: Docker, name: str, said: str) -> None:
    done = docker("pull", name)
    assert said in done.stdout + done.stderr


def test_docker_hub_takes_no_push(docker: Docker) -> None:
    name = f"someone/app:{uuid.uuid4().hex}"
    docker.build(name)
    done = docker("push", name)
    assert done.returncode == 1
    assert "denied: requested access to the resource is denied" in done.stderr

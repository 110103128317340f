"""Nodes pull from the shared account's registry as on EKS: ecr-credential-provider with the node's role."""

import base64
import secrets
from collections.abc import Iterator

import boto3
import pytest

from testbed.bed import Bed, eventually
from testbed.cluster.api import Api
from testbed.runner_host.machine import Machine

RUNNER = "arn:aws:iam::111111111111:role/runner"


@pytest.fixture
def image(bed: Bed) -> Iterator[str]:
    """An image that only this test knows, pushed from the runner's machine."""
    machine, name = Machine(), f"{bed.org.registry}/app:{secrets.token_hex(6)}"
    config = machine.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip()
    env = {"DOCKER_CONFIG": config}
    machine.run(
        ["docker", "login", "--username", "AWS", "--password-stdin", bed.org.registry],
        input=password(bed),
        env=env,
        check=True,
    )
    for argv in (["pull", "busybox:1.37"], ["tag", "busybox:1.37", name], ["push", name]):
        machine.run(["docker", *argv], env=env, check=True)
    yield name
    machine.run(["rm", "-r", config], check=True)
    machine.run(["docker", "rmi", name], check=True)


def password(bed: Bed) -> bytes:
    given = bed.credentials(RUNNER)
    session = boto3.Session(
        given["access_key_id"], given["secret_access_key"], given["session_token"], bed.org.region
    )
    data = session.client("ecr").get_authorization_token()["authorizationData"][0]
    return base64.b64decode(data["authorizationToken"]).partition(b":")[2]


def pod_phase(api: Api, namespace: str) -> str:
    return str(api.get(f"/api/v1/namespaces/{namespace}/pods/pulls")["status"]["phase"])


def test_a_pod_runs_an_image_of_the_private_registry(bed: Bed, namespace: str, image: str) -> None:
    api = bed.api("dev")
    container = {"name": "main", "image": image, "command": ["/bin/true"]}
    pod = {
        "metadata": {"name": "pulls"},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }
    eventually(lambda: api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default"))
    api.create(f"/api/v1/namespaces/{namespace}/pods", pod)
    eventually(lambda: pod_phase(api, namespace) == "Succeeded")

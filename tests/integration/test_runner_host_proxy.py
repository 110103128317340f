"""Runners whose only way out is an HTTP proxy: who goes through it, and who doesn't get out at all."""

import base64
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from testbed import enter, net, paths
from testbed.bed import Bed
from testbed.run import run_workflow
from testbed.runner_host import kinds, proxy
from testbed.runner_host.layout import ENV_FILE
from testbed.runner_host.machine import Machine
from testbed.simulator import environment

from .fault_clients import AWS, ORG, Curl, Seen, endpoint

COULD_NOT_CONNECT = 7
REGISTRY = f"{ORG.registry}:443"
STS = "sts.ap-northeast-2.amazonaws.com:443"
RUNNER_ROLE = ORG.runners["peered"].instance_role.arn
HUB = "registry-1.docker.io:443"


@pytest.fixture(params=["behind-proxy", "behind-proxy-only"])
def machine(request: pytest.FixtureRequest, bed: Bed) -> Machine:
    return kinds.machine(bed.org, request.param)


def settings(machine: Machine) -> dict[str, str]:
    """What the runner takes from its .env, as its jobs see it."""
    text = (machine.root / str(ENV_FILE).lstrip("/")).read_text()
    found = environment.env_file(text)
    return {**found, **environment.proxies(found)}


def asked_by(act: Any) -> list[str]:
    before = len(proxy.asked())
    act()
    return proxy.asked()[before:]


def sh(machine: Machine, script: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    done: subprocess.CompletedProcess[str] = machine.run(
        ["bash", "-c", script], env=env, capture_output=True, text=True, timeout=60
    )
    return done


def test_aws_is_reached_through_the_proxy_alone(machine: Machine) -> None:
    curl, env = Curl(machine.name), settings(machine)
    assert curl(AWS).exit_status == COULD_NOT_CONNECT
    assert asked_by(lambda: curl(AWS, **env)) == [STS]
    assert curl(AWS, **env).reached


def test_the_cluster_is_reached_directly_if_peering_leads_there(machine: Machine) -> None:
    curl, env, url = Curl(machine.name), settings(machine), endpoint("dev")
    direct = machine.name == "behind-proxy"

    def look() -> None:
        seen: Seen = curl(f"{url}/version", "--insecure", **env)
        assert seen.reached, seen.said

    assert asked_by(look) == ([] if direct else [f"{url.removeprefix('https://').lower()}:443"])
    assert curl(f"{url}/version", "--insecure").reached == direct


def test_the_metadata_is_asked_directly(machine: Machine) -> None:
    ask = ["--request", "PUT", "--header", "X-aws-ec2-metadata-token-ttl-seconds: 60"]
    curl, env = Curl(machine.name), settings(machine)
    assert asked_by(lambda: curl("http://169.254.169.254/latest/api/token", *ask, **env)) == []
    assert curl("http://169.254.169.254/latest/api/token", *ask, **env).status == 200


def test_the_engine_pulls_and_pushes_through_the_proxy(machine: Machine, bed: Bed) -> None:
    token = ecr_password(bed)
    name = f"{ORG.registry}/app:proxied-{machine.name}"
    script = f"""
        set -e
        docker pull --quiet busybox:1.37
        docker login --username AWS --password-stdin {ORG.registry} <<<"$TOKEN"
        docker tag busybox:1.37 {name}
        docker push --quiet {name}
    """

    def act() -> None:
        done = sh(machine, script, {**settings(machine), "TOKEN": token})
        assert done.returncode == 0, done.stderr

    assert {HUB, REGISTRY} <= set(asked_by(act))


ASK_AWS = """
import boto3
print(boto3.client("sts", region_name="ap-northeast-2").get_caller_identity()["Account"])
"""
ASK_CLUSTER = """
import sys
from kubernetes import client, config
config.load_kube_config(sys.argv[1])
print(client.VersionApi().get_code().git_version)
"""


@pytest.mark.parametrize(
    ("program", "said", "through_proxy"), [(ASK_AWS, "111111111111", STS), (ASK_CLUSTER, "v1.35.4", "")]
)
def test_python_clients_take_the_proxy_from_the_environment(
    machine: Machine, bed: Bed, program: str, said: str, through_proxy: str
) -> None:
    """In the runner's network, with this machine's files: the runner's has no such packages."""
    facts = net.recorded()[f"runner-{machine.name}"]
    argv = [sys.executable, "-c", program, str(bed.kubeconfig("dev"))]
    env = {**enter.environment(paths.state()), **settings(machine), **credentials(bed)}

    def act() -> None:
        done = subprocess.run(
            enter.command(facts, argv), env=env, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stdout.strip() == said, done.stderr

    cluster = f"{endpoint('dev').removeprefix('https://').lower()}:443"
    expected = through_proxy or ("" if machine.name == "behind-proxy" else cluster)
    assert asked_by(act) == ([expected] if expected else [])


def credentials(bed: Bed) -> dict[str, str]:
    found = bed.credentials(RUNNER_ROLE)
    return {
        "AWS_ACCESS_KEY_ID": found["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": found["secret_access_key"],
        "AWS_SESSION_TOKEN": found["session_token"],
    }


def ecr_password(bed: Bed) -> str:
    found = bed.credentials(RUNNER_ROLE)
    client = boto3.client(
        "ecr",
        region_name=bed.org.region,
        aws_access_key_id=found["access_key_id"],
        aws_secret_access_key=found["secret_access_key"],
        aws_session_token=found["session_token"],
    )
    (data,) = client.get_authorization_token()["authorizationData"]
    return base64.b64decode(data["authorizationToken"]).decode().partition(":")[2]


WORKFLOW = """
on: push
jobs:
  look:
    runs-on: [self-hosted]
    permissions: {id-token: write}
    steps:
      - run: >-
          env | grep -iE "^(https?|no)_proxy=" | sort > "$GITHUB_STEP_SUMMARY"
      - run: >-
          curl --fail --silent --show-error --output /dev/null "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=x"
          --header "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"
      - uses: docker://busybox:1.37
        with:
          entrypoint: /bin/sh
          args: -c "env | grep -i ^https_proxy= | sort >> $GITHUB_STEP_SUMMARY"
"""


def test_a_jobs_steps_and_container_actions_know_the_proxy(bed: Bed, tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(WORKFLOW)
    result = run_workflow(workflow, tmp_path, runner="behind-proxy")
    assert result.conclusion == "success"
    url = f"{proxy.url(bed.org)}/"
    no_proxy = "localhost,127.0.0.1,169.254.169.254,.ap-northeast-2.eks.amazonaws.com"
    assert result.summary.split() == [
        f"HTTPS_PROXY={url}",
        f"HTTP_PROXY={url}",
        f"NO_PROXY={no_proxy}",
        f"http_proxy={url}",
        f"https_proxy={url}",
        f"no_proxy={no_proxy}",
        f"HTTPS_PROXY={url}",
        f"https_proxy={url}",
    ]

"""GitHub's OIDC and instance metadata broken on purpose, as curl, aws-cli and containers see it."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.aws_cli import AwsCli
from integration.aws_world import Aws, refusal
from testbed.bed import Bed
from testbed.faults.active import struck
from testbed.runner_host.machine import Machine

METADATA = "http://169.254.169.254/latest"
PUT_TOKEN = ["-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60", f"{METADATA}/api/token"]
ROLE = "meta-data/iam/security-credentials/"
# What an SDK in a container does first; 1 is "no answer".
IN_CONTAINER = f"""
import urllib.request
headers = {{"X-aws-ec2-metadata-token-ttl-seconds": "60"}}
asked = urllib.request.Request("{METADATA}/api/token", method="PUT", headers=headers)
print(urllib.request.urlopen(asked, timeout=2).status)
"""


@pytest.fixture
def aws(bed: Bed) -> Iterator[Aws]:
    made = Aws(bed)
    yield made
    made.clean_up()


@pytest.fixture(scope="module")
def job(bed: Bed) -> list[str]:
    """curl's arguments to ask for an ID token, as a job does."""
    started = bed.control.post("/runner-jobs", repository="org/app", ref="refs/heads/main", event_name="push")
    url = f"{started['id_token_request_url']}&audience=sts.amazonaws.com"
    return ["-H", f"Authorization: bearer {started['id_token_request_token']}", url]


def curl(*argv: str, status: bool = True) -> "subprocess.CompletedProcess[str]":
    """On the runner's machine; prints the status (000: none), or the body."""
    ending = ["-o", "/dev/null", "-w", "%{http_code}"] if status else []
    authority = ["--cacert", "/opt/actions-runner/ca.crt"]
    command = ["curl", "-sS", "--max-time", "2", *authority, *ending, *argv]
    done: subprocess.CompletedProcess[str] = Machine().run(command, capture_output=True, text=True)
    return done


@pytest.mark.parametrize(
    ("fault", "given", "status", "body"),
    [
        ("oidc-error", {}, "500", ""),
        ("oidc-error", {"status": "403"}, "403", ""),
        ("oidc-slow", {"delay": "30"}, "000", ""),
        ("oidc-garbage", {}, "200", "<html>"),
        ("oidc-garbage", {"body": "json"}, "200", "{}"),
        ("oidc-garbage", {"body": "empty"}, "200", ""),
    ],
)
def test_a_job_gets_no_token(
    job: list[str], fault: str, given: dict[str, str], status: str, body: str
) -> None:
    with struck(fault, **given):
        done = curl("-w", "\n%{http_code}", *job, status=False)
    content, _, code = done.stdout.rpartition("\n")
    assert code == status
    assert content.startswith(body)
    assert bool(content) == bool(body)
    assert json.loads(curl(*job, status=False).stdout)["value"]


NO_KEY = ("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
UNREACHED = ("IDPCommunicationError", "could not be reached")


@pytest.mark.parametrize(
    ("fault", "given", "refused"),
    [
        ("oidc-error", {"part": "jwks"}, NO_KEY),
        ("oidc-error", {"part": "configuration", "status": "404"}, NO_KEY),
        ("oidc-garbage", {"part": "jwks"}, NO_KEY),
        ("oidc-garbage", {"part": "configuration", "body": "json"}, NO_KEY),
        ("oidc-slow", {"part": "jwks", "delay": "30"}, UNREACHED),
        ("oidc-clock", {"offset": "-3600"}, ("ExpiredTokenException", "Token expired: current date/time")),
        ("oidc-clock", {"offset": "3600"}, ("InvalidIdentityToken", "could not be validated by AWS")),
        ("aws-clock", {"offset": "600"}, ("ExpiredTokenException", "Token expired: current date/time")),
    ],
)
def test_sts_refuses(aws: Aws, fault: str, given: dict[str, str], refused: tuple[str, str]) -> None:
    with struck(fault, **given), pytest.raises(ClientError) as caught:
        aws.web_identity(aws.build, aws.id_token())
    code, message = refusal(caught.value)
    assert (code, refused[1] in message) == (refused[0], True)
    assert aws.web_identity(aws.build, aws.id_token())


def test_aws_cli_says_that_the_keys_cannot_be_had(bed: Bed, aws: Aws, tmp_path: Path) -> None:
    cli = AwsCli(bed.org.region, tmp_path)
    command = ["sts", "assume-role-with-web-identity", "--role-arn", aws.build, "--role-session-name", "test"]
    command += ["--web-identity-token", aws.id_token()]
    with struck("oidc-error", part="jwks"):
        done = cli(*command)
    assert done.returncode != 0
    assert "(InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation" in done.stderr
    assert json.loads(cli(*command).stdout)["Credentials"]


def in_runner(path: str) -> "subprocess.CompletedProcess[str]":
    """What curl says on the runner's machine of a part of the metadata."""
    token = curl(*PUT_TOKEN, status=False).stdout
    return curl("-H", f"X-aws-ec2-metadata-token: {token}", f"{METADATA}/{path}")


@pytest.mark.parametrize(
    ("given", "token", "role", "credentials"),
    [
        ({}, "500", "500", "500"),
        ({"part": "token", "status": "503"}, "503", "401", "401"),
        ({"part": "role", "status": "404"}, "200", "404", "200"),
        ({"part": "credentials", "status": "502"}, "200", "200", "502"),
        ({"host": "dev"}, "200", "200", "200"),
    ],
)
def test_metadata_answers_with_an_error(
    given: dict[str, str], token: str, role: str, credentials: str
) -> None:
    def seen() -> tuple[str, ...]:
        return curl(*PUT_TOKEN).stdout, in_runner(ROLE).stdout, in_runner(f"{ROLE}runner").stdout

    with struck("imds-error", **given):
        broken = seen()
    assert broken == (token, role, credentials)
    assert seen() == ("200", "200", "200")


@pytest.mark.parametrize(
    ("fault", "given", "exit_code"),
    [
        ("imds-absent", {}, 7),  # connection refused
        ("imds-absent", {"answer": "silent"}, 28),  # timed out
        ("imds-slow", {"delay": "30"}, 28),
    ],
)
def test_metadata_is_not_there(fault: str, given: dict[str, str], exit_code: int) -> None:
    with struck(fault, **given):
        done = curl(*PUT_TOKEN)
    assert (done.returncode, done.stdout) == (exit_code, "000")
    assert curl(*PUT_TOKEN).stdout == "200"


def test_metadata_takes_its_time() -> None:
    with struck("imds-slow", delay="0.7", part="token"):
        before = time.monotonic()
        assert curl(*PUT_TOKEN).stdout == "200"
        assert time.monotonic() - before > 0.7


def test_a_hop_limit_keeps_containers_out_alone() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"""

    def in_container() -> Any:
        command = ["docker", "run", "--rm", "python:3.13-slim", "python", "-c", IN_CONTAINER]
        return Machine().run(command, capture_output=True, text=True)

    with struck("imds-hop-limit", limit="1"):
        outside, inside = curl(*PUT_TOKEN), in_container()
    assert outside.stdout == "200"
    assert (inside.returncode, "timed out" in inside.stderr) == (1, True)
    assert in_container().stdout == "200\n"


def test_aws_cli_finds_no_instance_role(bed: Bed, tmp_path: Path) -> None:
    cli = AwsCli(bed.org.region, tmp_path)
    command = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
    with struck("imds-error", part="role", status="404"):
        done = cli(*command, netns="ea-runner-peered")
    assert done.returncode != 0
    assert "Unable to locate credentials" in done.stderr
    assert ":assumed-role/runner/i-" in cli(*command, netns="ea-runner-peered").stdout

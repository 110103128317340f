"""The control socket's requests: what a test may look at and change, and how it is put back."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from testbed.aws.wire import Request
from testbed.selftest.aws.in_process import BUILD, DEPLOY_DEV, RUNNER, SHARED, Aws


def send(aws: Aws, method: str, path: str, **body: Any) -> tuple[int, Any]:
    answer = aws.control.answer(Request(method, path, "", {}, json.dumps(body).encode(), ""))
    return answer.status, json.loads(answer.body)


def may_login(aws: Aws) -> bool:
    try:
        return bool(aws.client("ecr", aws.session(BUILD)).get_authorization_token())
    except ClientError:
        return False


def test_a_roles_policies_are_replaced_and_restored(aws: Aws) -> None:
    assert may_login(aws)
    assert send(aws, "POST", f"/roles/{BUILD}", policies={})[0] == 200
    assert not may_login(aws)
    send(aws, "POST", "/restore")
    assert may_login(aws)


def test_a_tests_own_role_stays_until_it_is_removed(aws: Aws) -> None:
    arn = f"arn:aws:iam::{SHARED}:role/test-1"
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": BUILD}, "Action": "sts:AssumeRole"}}
    send(aws, "POST", f"/roles/{arn}", trust=trust)
    send(aws, "POST", "/restore")
    assert aws.client("sts", aws.session(BUILD)).assume_role(RoleArn=arn, RoleSessionName="test")
    send(aws, "DELETE", f"/roles/{arn}")
    with pytest.raises(ClientError, match="sts:AssumeRole"):
        aws.client("sts", aws.session(BUILD)).assume_role(RoleArn=arn, RoleSessionName="test")


def test_instance_credentials_are_for_roles_that_trust_ec2(aws: Aws) -> None:
    status, made = send(aws, "POST", "/instance-credentials", role_arn=RUNNER, instance_id="i-1")
    assert status == 200
    session = aws.backend.sessions.find(made["access_key_id"])
    assert session is not None
    assert aws.client("sts", session).get_caller_identity()["Arn"].endswith("assumed-role/runner/i-1")
    status, answer = send(aws, "POST", "/instance-credentials", role_arn=DEPLOY_DEV, instance_id="i-1")
    assert status == 400
    assert "does not trust ec2.amazonaws.com" in answer["message"]


def test_calls_are_recorded_with_their_outcome(aws: Aws) -> None:
    session = aws.session(BUILD)
    aws.client("ecr", session).get_authorization_token()
    with pytest.raises(ClientError):
        aws.client("sts", session).assume_role(RoleArn=DEPLOY_DEV, RoleSessionName="test")
    calls = send(aws, "GET", "/calls")[1]
    assert [(call["action"], call["outcome"]) for call in calls] == [
        ("ecr:GetAuthorizationToken", "ok"),
        ("sts:AssumeRole", "AccessDenied"),
    ]
    assert calls[1]["principal"] == session.principal.arn
    text = (aws.state / "aws" / "calls.jsonl").read_text()
    assert len(text.splitlines()) == 2
    assert session.secret not in text
    send(aws, "POST", "/reset-calls")
    assert send(aws, "GET", "/calls")[1] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/nothing", {}),
        ("POST", "/expire", {"access_key_id": "unknown"}),
        ("POST", "/runner-jobs", {"repository": "org"}),
    ],
)
def test_a_request_that_makes_no_sense_says_so(
    aws: Aws, method: str, path: str, body: dict[str, Any]
) -> None:
    status, answer = send(aws, method, path, **body)
    assert status == 400
    assert answer["message"]


def test_a_job_started_here_needs_no_runner(aws: Aws) -> None:
    status, job = send(aws, "POST", "/runner-jobs", repository="org/app", ref="refs/heads/main")
    assert status == 201
    assert job["id_token_request_url"].startswith(
        "https://run-actions-1-azure-eastus.actions.githubusercontent.com/"
    )
    assert send(aws, "DELETE", f"/runner-jobs/{job['id']}")[1] == {"ended": True}

"""Signatures made by botocore, checked by the front; and everything that AWS refuses about them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from testbed.aws.sessions import Session
from testbed.aws.wire import Request, Response
from testbed.selftest.aws.in_process import BUILD, REGION, Aws, refusal


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sts", "get_caller_identity", {}),
        ("ecr", "describe_repositories", {"repositoryNames": ["app"]}),
        ("eks", "describe_cluster", {"name": "dev"}),
        ("iam", "get_role", {"RoleName": "runner"}),
    ],
)
def test_botocores_signature_is_good(
    aws: Aws, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    role = "arn:aws:iam::222222222222:role/github-deploy" if service == "eks" else BUILD
    aws.backend.world.change_role(role, trust=None, policies={"all": everything}, max_session_duration=None)
    region = "us-east-1" if service == "iam" else REGION
    assert getattr(aws.client(service, aws.session(role), region=region), operation)(**arguments)


# What the client did wrong: query services' code and status, JSON services' code.
WRONG: list[tuple[str, str, str, str]] = [
    (
        "unknown key",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "token included in the request is invalid",
    ),
    (
        "wrong secret",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "signature we calculated does not match",
    ),
    (
        "other token",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "token included in the request is invalid",
    ),
    (
        "no token",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "token included in the request is invalid",
    ),
    (
        "expired session",
        "ExpiredToken",
        "ExpiredTokenException",
        "security token included in the request is expired",
    ),
    ("clock behind", "SignatureDoesNotMatch", "InvalidSignatureException", "Signature expired: "),
    ("clock ahead", "SignatureDoesNotMatch", "InvalidSignatureException", "Signature not yet current: "),
    (
        "changed header",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "signature we calculated does not match",
    ),
    ("malformed", "IncompleteSignature", "IncompleteSignatureException", "does not conform to AWS standards"),
    (
        "unsigned",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "is missing Authentication Token",
    ),
]


@pytest.mark.parametrize(("wrong", "code", "json_code", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_refused(aws: Aws, wrong: str, code: str, json_code: str, message: str) -> None:
    session = spoilt(aws, wrong)
    with pytest.raises(ClientError) as query:
        aws.client("sts", session).get_caller_identity()
    with pytest.raises(ClientError) as json_one:
        aws.client("ecr", session).get_authorization_token()
    assert refusal(query.value)[0] == code
    assert message in refusal(query.value)[1]
    assert refusal(json_one.value)[::2] == (json_code, 400)


@pytest.mark.parametrize(
    ("service", "operation", "minutes"),
    [("sts", "get_caller_identity", 15), ("ecr", "get_authorization_token", 15), ("eks", "list_clusters", 5)],
)
def test_how_far_clocks_may_be_apart(aws: Aws, service: str, operation: str, minutes: int) -> None:
    call = getattr(aws.client(service, aws.session(BUILD)), operation)
    said = []
    for ahead in (minutes - 1, minutes + 1):
        aws.ahead = timedelta(minutes=ahead)
        try:
            said.append(str(call()))
        except ClientError as error:
            said.append(refusal(error)[1])
    assert "Signature" not in said[0]
    assert f"- {minutes} min.)" in said[1]


def spoilt(aws: Aws, wrong: str) -> Session | None:
    session = aws.session(BUILD)
    changes: dict[str, dict[str, Any]] = {
        "unknown key": {"access_key": "ASIAAAAAAAAAAAAAAAAA"},
        "wrong secret": {"secret": "x" * 40},
        "other token": {"token": "x"},
        "no token": {"token": None},
    }
    if wrong == "expired session":
        aws.backend.sessions.expire(session.access_key)
    if wrong.startswith("clock"):
        aws.ahead = timedelta(minutes=16 if wrong == "clock behind" else -16)
    if wrong == "changed header":
        aws.tamper["content-type"] = "text/plain"
    if wrong == "malformed":
        aws.tamper["authorization"] = "AWS4-HMAC-SHA256 Credential=nonsense"
    return None if wrong == "unsigned" else Session(**{**vars(session), **changes.get(wrong, {})})


def test_a_signature_is_for_one_region_and_one_service(aws: Aws) -> None:
    session = aws.session(BUILD)
    elsewhere = aws.client(
        "sts", session, region="eu-west-1", endpoint_url=f"https://sts.{REGION}.amazonaws.com"
    )
    with pytest.raises(ClientError, match="Credential should be scoped to a valid region"):
        elsewhere.get_caller_identity()
    iam = aws.client("iam", session, endpoint_url=f"https://sts.{REGION}.amazonaws.com")
    with pytest.raises(ClientError, match="Credential should be scoped to correct service: 'sts'"):
        iam.get_role(RoleName="runner")


def presigned(session: Session, *, cluster: str = "dev") -> Request:
    """What `aws eks get-token` puts into its token, as aws-iam-authenticator sends it."""
    url = f"https://sts.{REGION}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={"x-k8s-aws-id": cluster})
    credentials = Credentials(session.access_key, session.secret, session.token)
    SigV4QueryAuth(credentials, "sts", REGION, expires=60).add_auth(request)
    query = request.url.partition("?")[2]
    headers = {"host": f"sts.{REGION}.amazonaws.com", "x-k8s-aws-id": "dev", "accept": "application/json"}
    return Request("GET", "/", query, headers, b"", "10.20.0.10")


def test_presigned_identity_answers_json_to_who_asks_for_it(aws: Aws) -> None:
    answer = aws.front.answer(presigned(aws.session(BUILD)))
    assert answer.status == 200
    result = json_of(answer)["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
    assert result["Arn"] == "arn:aws:sts::111111111111:assumed-role/github-build/test"
    assert result["UserId"].startswith("AROA")


def test_presigned_identity_is_for_one_cluster(aws: Aws) -> None:
    answer = aws.front.answer(presigned(aws.session(BUILD), cluster="prod"))
    assert (answer.status, json_of(answer)["Error"]["Code"]) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 403)])
def test_presigned_identity_lives_a_quarter_of_an_hour(aws: Aws, minutes: int, status: int) -> None:
    request = presigned(aws.session(BUILD))
    aws.ahead = timedelta(minutes=minutes)
    assert aws.front.answer(request).status == status


def json_of(answer: Response) -> Any:
    return json.loads(answer.body)

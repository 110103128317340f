"""AWS's APIs broken on purpose, as its own clients see it: aws-cli, botocore, and curl below them."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from integration.aws_cli import AwsCli, finished
from testbed.bed import Bed
from testbed.faults.active import active, heal, strike, struck

READER = "arn:aws:iam::222222222222:role/fault-reader"
STS = "https://sts.ap-northeast-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
CALLS: dict[str, tuple[str, str, dict[str, str]]] = {
    "sts": ("GetCallerIdentity", "get_caller_identity", {}),
    "iam": ("GetRole", "get_role", {"RoleName": "fault-reader"}),
    "ecr": ("GetAuthorizationToken", "get_authorization_token", {}),
    "eks": ("DescribeCluster", "describe_cluster", {"name": "dev"}),
}


@pytest.fixture(scope="module")
def credentials(bed: Bed) -> Iterator[Any]:
    policies = {"all": {"Statement": [ANYTHING]}}
    bed.control.post(f"/roles/{READER}", trust={"Statement": [TRUST]}, policies=policies)
    yield bed.credentials(READER)
    bed.control.delete(f"/roles/{READER}")


@pytest.fixture(scope="module")
def call(bed: Bed, credentials: Any) -> Callable[..., Any]:
    """One call of a service by botocore, without its retries unless asked for."""
    session = boto3.session.Session()

    def made(service: str, attempts: int = 1, **options: Any) -> Any:
        client = session.client(
            service,
            region_name=bed.org.region,
            aws_access_key_id=credentials["access_key_id"],
            aws_secret_access_key=credentials["secret_access_key"],
            aws_session_token=credentials["session_token"],
            config=Config(retries={"total_max_attempts": attempts}, read_timeout=1, **options),
        )
        _, method, arguments = CALLS[service]
        return getattr(client, method)(**arguments)

    return made


def operation(service: str) -> str:
    return f"{service}:{CALLS[service][0]}"


def curl(*argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["curl", "-sS", *argv], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("service", "fault", "given", "answered"),
    [
        ("sts", "aws-throttle", {}, ("Throttling", 400)),
        ("iam", "aws-throttle", {}, ("Throttling", 400)),
        ("ecr", "aws-throttle", {}, ("ThrottlingException", 400)),
        ("eks", "aws-throttle", {}, ("TooManyRequestsException", 429)),
        ("sts", "aws-error", {}, ("InternalFailure", 500)),
        ("iam", "aws-error", {"code": "ServiceUnavailable", "status": "503"}, ("ServiceUnavailable", 503)),
        ("ecr", "aws-error", {"code": "AccessDenied", "status": "403"}, ("AccessDeniedException", 400)),
        ("eks", "aws-error", {"code": "ServerException"}, ("ServerException", 500)),
        ("eks", "aws-garbage", {}, ("502", 502)),
    ],
)
def test_botocore_meets_the_error(
    call: Callable[..., Any], service: str, fault: str, given: dict[str, str], answered: tuple[str, int]
) -> None:
    given = {"operation": operation(service), **given}
    with struck(fault, **given), pytest.raises(exceptions.ClientError) as caught:
        call(service)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == answered
    assert call(service)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("fault", "given", "error"),
    [
        ("aws-hang", {}, exceptions.ReadTimeoutError),
        ("aws-slow", {"delay": "30"}, exceptions.ReadTimeoutError),
        ("aws-cut", {"at": "request"}, exceptions.ConnectionClosedError),
        ("aws-cut", {"at": "answer"}, ResponseParserError),  # of the half that came
        (
            "aws-cut",
            {"at": "handshake", "operation": "sts:*"},
            (exceptions.SSLError, exceptions.HTTPClientError),
        ),
        ("aws-garbage", {"status": "200"}, KeyError),  # botocore's own, of a page without what it looks for
    ],
)
def test_botocore_gets_no_answer(
    call: Callable[..., Any], fault: str, given: dict[str, str], error: Any
) -> None:
    before = time.monotonic()
    with struck(fault, **{"operation": "sts:Get*", **given}):
        assert call("eks")
        with pytest.raises(error):
            call("sts")
    assert time.monotonic() - before < 10
    assert call("sts")


@pytest.mark.parametrize("service", CALLS)
def test_a_retry_finds_it_healed(call: Callable[..., Any], service: str) -> None:
    with struck("aws-throttle", operation=operation(service), times="1"):
        call(service, attempts=2)
        assert active() == []


def test_it_strikes_from_the_third_call_on(call: Callable[..., Any]) -> None:
    with struck("aws-error", operation="*:*", after="3", times="1"):
        call("sts")
        call("ecr")
        with pytest.raises(exceptions.ClientError, match="InternalFailure"):
            call("eks")
        call("eks")


def test_slow_is_as_slow_as_was_said(call: Callable[..., Any]) -> None:
    with struck("aws-slow", operation="sts:*", delay="0.7"):
        before = time.monotonic()
        call("sts")
        assert time.monotonic() - before > 0.7


def test_who_waits_is_answered_when_it_is_healed() -> None:
    fault = strike("aws-hang", operation="sts:*")
    waiting = subprocess.Popen(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", STS], stdout=subprocess.PIPE
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        pytest.fail(f"answered {waiting.communicate(timeout=0.5)}")
    heal([fault])
    assert waiting.communicate(timeout=5)[0] == b"403"


@pytest.mark.parametrize(
    ("fault", "given", "exit_code"),
    [  # https://everything.curl.dev/cmdline/exitcode.html
        ("aws-hang", {}, 28),
        ("aws-cut", {"at": "handshake"}, 35),
        ("aws-cut", {"at": "request"}, 56),
        ("aws-cut", {"at": "answer"}, 56),
        ("aws-garbage", {}, 0),
    ],
)
def test_curl_sees_what_happens_below(fault: str, given: dict[str, str], exit_code: int) -> None:
    with struck(fault, operation="sts:*", **given):
        done = curl("--max-time", "1", STS)
    assert done.returncode == exit_code, done.stderr
    assert ("502 Bad Gateway" in done.stdout) == (fault == "aws-garbage")
    half = given.get("at") == "answer"
    assert ("<ErrorResponse" in done.stdout, "</ErrorResponse>" in done.stdout) == (half, False)
    assert "MissingAuthenticationToken" in curl(STS).stdout


SKEWS = [
    ("sts", 1200, "SignatureDoesNotMatch", "Signature expired: "),
    ("iam", -1200, "SignatureDoesNotMatch", "Signature not yet current: "),
    ("ecr", 1200, "InvalidSignatureException", "- 15 min.)"),
    ("eks", 600, "InvalidSignatureException", "- 5 min.)"),
    ("sts", 7 * 3600, "SignatureDoesNotMatch", "Signature expired: "),
]


@pytest.mark.parametrize(("service", "offset", "code", "sentence"), SKEWS)
def test_a_wrong_clock_spoils_signatures(
    call: Callable[..., Any], service: str, offset: int, code: str, sentence: str
) -> None:
    with struck("aws-clock", offset=str(offset)), pytest.raises(exceptions.ClientError) as caught:
        call(service)
    assert caught.value.response["Error"]["Code"] == code
    assert sentence in caught.value.response["Error"]["Message"]
    assert call(service)


def test_a_wrong_clock_is_told_and_expires_sessions(bed: Bed, call: Callable[..., Any]) -> None:
    """A session of a clock ten minutes behind has ten minutes less to live here than was asked for."""
    with struck("aws-clock", offset="-600"):
        date = curl("-o", "/dev/null", "-w", "%header{date}", STS).stdout
        behind = datetime.now(timezone.utc) - parsedate_to_datetime(date)
        made = bed.credentials(READER)
        assert call("sts")  # within the fifteen minutes
    assert 595 < behind.total_seconds() < 605
    life = datetime.fromisoformat(made["expiration"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert 5.8 * 3600 < life.total_seconds() < 5.85 * 3600


COMMANDS = {
    "sts": ("sts", "get-caller-identity"),
    "ecr": ("ecr", "get-login-password"),
    "eks": ("eks", "describe-cluster", "--name", "dev"),
}


def test_aws_cli_meets_them_all(bed: Bed, credentials: Any, tmp_path: Path) -> None:
    """One of each kind, all at once: an interpreter takes a while to start."""
    cli = AwsCli(bed.org.region, tmp_path)

    def run() -> dict[str, "subprocess.CompletedProcess[str]"]:
        short = ("--cli-read-timeout", "2")
        started = {name: cli.start(*argv, *short, credentials=credentials) for name, argv in COMMANDS.items()}
        return {name: finished(process) for name, process in started.items()}

    with (
        struck("aws-throttle", operation="sts:*"),
        struck("aws-hang", operation="ecr:*"),
        struck("aws-error", operation="eks:*", code="ServiceUnavailableException", status="503"),
    ):
        broken = run()
    assert "(Throttling) when calling the GetCallerIdentity operation" in broken["sts"].stderr
    assert "(reached max retries: 1): Rate exceeded" in broken["sts"].stderr
    assert "Read timeout on endpoint URL" in broken["ecr"].stderr
    assert "(ServiceUnavailableException) when calling the DescribeCluster operation" in broken["eks"].stderr
    assert all(done.returncode != 0 for done in broken.values())
    with struck("aws-throttle", operation="*:*", times="2"):
        healed = run()
    assert [done.returncode for done in healed.values()] == [0, 0, 0], healed


def test_calls_that_were_not_answered_are_in_the_list(bed: Bed) -> None:
    with struck("aws-cut", operation="sts:*", at="request"):
        curl("-A", "cut-off", STS)
    calls = [call for call in bed.control.get("/calls") if call["user_agent"] == "cut-off"]
    assert [(call["action"], call["outcome"]) for call in calls] == [("sts:GetCallerIdentity", "aws-cut")]

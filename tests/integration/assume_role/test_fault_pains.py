"""What users of configure-aws-credentials complain of most, where AWS has to fail for it."""

import uuid
from collections.abc import Callable

from integration.assume_role.step import Step, calls, ok, trust
from testbed.aws.control_client import ControlClient
from testbed.faults.active import struck

RUNNER = "arn:aws:iam::111111111111:role/runner"
DEV = "arn:aws:iam::222222222222:role/github-deploy"
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
Starter = Callable[..., Step]
Maker = Callable[..., str]


def test_04_tokens_expire_while_a_call_hangs(job: Starter, aws: ControlClient) -> None:
    """1848: the call is given up in time, and the next has a token of its own."""
    name = f"pain-{uuid.uuid4().hex}"
    with struck("aws-slow", operation=WEB_IDENTITY, delay="25", times="1"):
        done = ok(job(environment="dev").run(role_to_assume=DEV, role_session_name=name))
    assert "Not yet (Unreachable)" in done.log
    assert len({mask for mask in done.log.splitlines() if mask.startswith("::add-mask::ey")}) == 2
    assert len(calls(aws, name)) == 2


def test_09_many_jobs_at_once_and_aws_can_not_reach_github(job: Starter) -> None:
    """299, 348: it is tried again."""
    message = "Couldn't retrieve verification key from your identity provider"
    for code, said in (("IDPCommunicationError", "later"), ("InvalidIdentityToken", message)):
        with struck("aws-error", operation=WEB_IDENTITY, code=code, message=said, status="400", times="1"):
            ok(job(environment="dev").run(role_to_assume=DEV))


def test_12_session_tags_are_too_large(job: Starter, role: Maker) -> None:
    """1803: those that there is no room for stay away."""
    said = {"code": "PackedPolicyTooLarge", "message": "Packed size … consumes 142%", "status": "400"}
    arn = role("111111111111", trust=trust(["sts:AssumeRole", "sts:TagSession"], {"AWS": RUNNER}))
    with struck("aws-error", operation="sts:AssumeRole", **said, times="1"):
        done = ok(job(None).run(role_to_assume=arn, role_chaining="true"))
    assert "fewer tags are sent" in done.log

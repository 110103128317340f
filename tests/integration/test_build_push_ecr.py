"""The credentials of a build that outlives them, with AWS's own lifetimes, on a clock that is turned."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from actionkit.aws import settings
from actionkit.aws.settings import CredentialSettings
from actionkit.inputs import Reader
from build_push.ecr import Ecr
from build_push.session import Session
from fakes import FakeClock, FakeRunner
from testbed import paths
from testbed.aws.control_client import ControlClient

HOST = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
ROLE = "arn:aws:iam::111111111111:role/github-build"
HOUR = 3600


@pytest.fixture
def runner() -> Iterator[FakeRunner]:
    started = ControlClient(paths.state()).post(
        "/runner-jobs", repository="org/app", ref="refs/heads/main", event_name="push"
    )
    return FakeRunner(
        environ={
            "ACTIONS_ID_TOKEN_REQUEST_URL": started["id_token_request_url"],
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": started["id_token_request_token"],
        }
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(timezone.utc))


def credentials() -> CredentialSettings:
    given = {"role-to-assume": ROLE, "audience": "sts.amazonaws.com", "role-session-name": "renewal"}
    reader = Reader({**given, "role-duration-seconds": "3600"}, settings.INPUTS)
    found = settings.read(reader)
    reader.finish()
    return found


def test_role_is_assumed_again_before_its_session_ends(runner: FakeRunner, clock: FakeClock) -> None:
    session = Session(credentials(), "ap-northeast-2", runner, clock)
    first = session()
    clock.advance(HOUR / 2)
    assert session() is first
    clock.advance(HOUR / 2 - 60)
    assert session().credentials != first.credentials


def test_password_is_asked_for_once_and_renewed_before_it_expires(
    runner: FakeRunner, clock: FakeClock
) -> None:
    session = Session(replace(credentials(), aws_region="ap-northeast-2"), "", runner, clock)
    ecr = Ecr(session, clock, runner.add_mask)
    first = ecr.password(HOST)
    assert ecr.password(HOST) == first
    clock.advance(12 * HOUR - 10 * 60)
    assert ecr.password(HOST) != first


def test_password_is_masked_before_anybody_can_print_it(runner: FakeRunner, clock: FakeClock) -> None:
    password = Ecr(Session(credentials(), "ap-northeast-2", runner, clock), clock, runner.add_mask).password(
        HOST
    )
    assert password in runner.masks

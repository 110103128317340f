from datetime import datetime, timedelta, timezone

import pytest

from actionkit.aws.identity import Credentials, Identity
from assume_role import result

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


def identity(source: str = "oidc", minutes: int | None = 60, arn: str = "") -> Identity:
    return Identity(
        credentials=Credentials(access_key_id="AKIA", secret_access_key="s", session_token=""),
        arn=arn or "arn:aws:sts::111111111111:assumed-role/runner/i-0abc",
        account="111111111111",
        source=source,
        chain=("arn:aws:iam::111111111111:role/runner",),
        expiration=None if minutes is None else NOW + timedelta(minutes=minutes),
        region="eu-central-1",
    )


def test_an_empty_session_token_takes_the_place_of_a_stale_one() -> None:
    assert result.variables(identity(), assumed=True)["AWS_SESSION_TOKEN"] == ""


@pytest.mark.parametrize(
    ("source", "minutes", "assumed", "said"),
    [
        ("oidc", 59, True, "59 min, until 2026-11-23 12:59 UTC"),
        ("oidc", 721, True, "12 h 1 min, until 2026-11-24 00:01 UTC"),
        ("instance-role", 10, False, "AWS SDKs renew them"),
        ("instance-role", 10, True, "10 min"),
        ("environment", None, False, "doesn't say until when"),
        ("oidc", -5, True, "0 min"),
    ],
)
def test_how_long_is_left(source: str, minutes: int | None, assumed: bool, said: str) -> None:
    assert said in result.summary(identity(source, minutes), NOW, assumed=assumed)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::111111111111:assumed-role/runner/i-0abc", "runner"),
        ("arn:aws:iam::111111111111:user/ci", "ci"),
        ("arn:aws:iam::111111111111:root", "root"),
    ],
)
def test_the_title_has_a_name_that_people_know(arn: str, name: str) -> None:
    assert f"AWS: {name} in 111111111111" in result.summary(identity(arn=arn), NOW, assumed=True)


def test_time_that_has_passed_is_never_negative() -> None:
    assert result.outputs(identity(minutes=-5), NOW)["expires-in-seconds"] == "0"

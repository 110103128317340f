from datetime import datetime, timedelta, timezone

import pytest

from actionkit.aws.identity import Credentials, Identity
from assume_role import result
from assume_role.settings import Settings
from credential_settings import DEFAULTS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


SETTINGS = Settings(
    mode="assume",
    credentials=DEFAULTS,
    profile=None,
    seconds=0,
    to_environment=True,
    to_outputs=False,
    unset=False,
)


def identity(
    source: str = "oidc", minutes: int | None = 60, *, arn: str = "", found: bool = False
) -> Identity:
    return Identity(
        credentials=Credentials(access_key_id="AKIA", secret_access_key="s", session_token=""),
        arn=arn or "arn:aws:sts::111111111111:assumed-role/runner/i-0abc",
        account="111111111111",
        source=source,
        found=found,
        chain=("arn:aws:iam::111111111111:role/runner",),
        expiration=None if minutes is None else NOW + timedelta(minutes=minutes),
        region="eu-central-1",
    )


def test_an_empty_session_token_takes_the_place_of_a_stale_one() -> None:
    assert result.variables(identity(), SETTINGS)["AWS_SESSION_TOKEN"] == ""


@pytest.mark.parametrize(
    ("source", "minutes", "found", "said"),
    [
        ("oidc", 59, False, "59 min, until 2026-11-23 12:59 UTC"),
        ("oidc", 721, False, "12 h 1 min, until 2026-11-24 00:01 UTC"),
        ("instance", 10, True, "AWS SDKs renew them"),
        ("instance", 10, False, "10 min"),
        ("environment", None, True, "doesn't say until when"),
        ("oidc", -5, False, "0 min"),
    ],
)
def test_how_long_is_left(source: str, minutes: int | None, found: bool, said: str) -> None:
    assert said in result.summary(identity(source, minutes, found=found), NOW)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::111111111111:assumed-role/runner/i-0abc", "runner"),
        ("arn:aws:iam::111111111111:user/ci", "ci"),
        ("arn:aws:iam::111111111111:root", "root"),
    ],
)
def test_the_title_has_a_name_that_people_know(arn: str, name: str) -> None:
    assert f"AWS: {name} in 111111111111" in result.summary(identity(arn=arn), NOW)


def test_time_that_has_passed_is_never_negative() -> None:
    assert result.outputs(identity(minutes=-5), NOW, SETTINGS)["expires-in-seconds"] == "0"

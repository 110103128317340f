"""A profile that renews itself, started as AWS's SDKs start it."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import pytest

from actionkit.aws.identity import Credentials, Identity
from actionkit.errors import ActionError
from assume_role import profiles, renewal
from assume_role.profiles import JOB, Wanted
from fake_id_tokens import id_tokens
from fake_sts import FakeSts
from fakes import runner_environment

INPUTS = {
    "role-to-assume": "arn:aws:iam::222222222222:role/deploy",
    "audience": "sts.amazonaws.com",
    "aws-access-key-id": "canary",
    "aws-secret-access-key": "canary",
}
# What a release tree carries is found here where this process finds it.
PATH = f"import runpy, sys; sys.path[:0] = {[entry for entry in sys.path if entry]!r}"
REFRESHING = Wanted(name="ci", location=JOB, overwrite=False, refresh=True)


def identity(left: timedelta) -> Identity:
    return Identity(
        credentials=Credentials(access_key_id="ASIAFIRST", secret_access_key="first", session_token="first"),
        arn="arn:aws:sts::222222222222:assumed-role/deploy/GitHubActions",
        account="222222222222",
        source="oidc",
        found=False,
        chain=(),
        expiration=datetime.now(timezone.utc) + left,
        region="ap-northeast-2",
    )


@pytest.fixture
def job(sts: FakeSts, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a later step."""
    with id_tokens() as url:
        yield {
            **runner_environment(tmp_path, {}, {}),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary-request-token",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/?a=b",
            "AWS_ENDPOINT_URL_STS": sts.url,
        }


def written(job: dict[str, str], left: timedelta) -> str:
    """The profile's command."""
    temp = Path(job["RUNNER_TEMP"])
    place = profiles.write(identity(left), REFRESHING, {"AWS_CONFIG_FILE": "/nonexistent"}, temp, INPUTS)
    (line,) = [
        each for each in place.config.read_text().splitlines() if each.startswith("credential_process")
    ]
    assert "[ci]" not in place.credentials.read_text()
    return line.partition(" = ")[2]


def start(command: str, job: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    python, flags, program, file = shlex.split(command)
    assert flags == "-ISB"
    argv = [
        python,
        "-ISB",
        "-c",
        f"{PATH}; sys.argv = ['', {file!r}]; runpy.run_path({program!r}, {{}}, '__main__')",
    ]
    return subprocess.run(argv, env=job, capture_output=True, text=True, check=False)


def test_credentials_that_last_are_given_as_they_are(job: dict[str, str], sts: FakeSts) -> None:
    done = start(written(job, timedelta(minutes=30)), job)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["AccessKeyId"] == "ASIAFIRST"
    assert sts.requests == []


def test_credentials_that_end_soon_are_renewed_once(job: dict[str, str], sts: FakeSts) -> None:
    sts.expiration = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    command = written(job, timedelta(minutes=5))
    first, second = start(command, job), start(command, job)
    assert first.returncode == 0, first.stderr
    renewed = json.loads(first.stdout)
    assert (renewed["Version"], renewed["AccessKeyId"][:4]) == (1, "ASIA")
    assert renewed["AccessKeyId"] != "ASIAFIRST"
    assert json.loads(second.stdout) == renewed
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


def test_a_refusal_is_explained_where_sdks_show_it(job: dict[str, str], sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "ValidationError", "exceeds the MaxSessionDuration", status=400)
    done = start(written(job, timedelta(minutes=5)), job)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The session is longer than the role allows: ")
    # Nothing else: an SDK puts it into its own message, where the runner knows no command that masks.
    assert "::" not in done.stderr.replace("arn:aws:iam::", "")


def test_the_profile_does_not_ask_itself(job: dict[str, str], sts: FakeSts) -> None:
    sts.expiration = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    temp = Path(job["RUNNER_TEMP"])
    inputs = {**INPUTS, "use-existing-credentials": "true"}
    place = profiles.write(identity(timedelta(minutes=5)), REFRESHING, {}, temp, inputs)
    line = next(
        each for each in place.config.read_text().splitlines() if each.startswith("credential_process")
    )
    exported = {"AWS_PROFILE": "ci", "AWS_CONFIG_FILE": str(place.config)}
    done = start(line.partition(" = ")[2], {**job, **exported})
    assert done.returncode == 0, done.stderr
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


def test_the_file_has_no_keys_of_the_inputs_and_is_its_owners_alone(job: dict[str, str]) -> None:
    written(job, timedelta(minutes=5))
    (file,) = Path(job["RUNNER_TEMP"]).rglob("renew-ci.json")
    assert "canary" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    profiles.clear(Path(job["RUNNER_TEMP"]))
    assert not file.exists()


def test_outside_of_its_job_it_says_so(job: dict[str, str]) -> None:
    command = written(job, timedelta(minutes=5))
    profiles.clear(Path(job["RUNNER_TEMP"]))
    done = start(command, job)
    assert done.returncode == 1
    assert "The profile has ended" in done.stderr


@pytest.mark.parametrize("where", ["keys", "environment", "profile"])
def test_what_is_given_once_can_not_be_renewed(where: str) -> None:
    with pytest.raises(ActionError, match="gives them once"):
        renewal.require_renewable(replace(identity(timedelta(hours=1)), source=where), INPUTS)


def test_a_token_file_that_only_botocore_knows_can_not_be_renewed() -> None:
    found = replace(identity(timedelta(hours=1)), source="token-file")
    with pytest.raises(ActionError, match="gives them once"):
        renewal.require_renewable(found, INPUTS)
    renewal.require_renewable(found, {**INPUTS, "web-identity-token-file": "token"})


def test_an_sdk_takes_the_profile(job: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    written(job, timedelta(minutes=30))
    place = profiles.job(Path(job["RUNNER_TEMP"]))
    text = place.config.read_text()
    (file,) = place.own.glob("renew-*.json")
    code = f"{PATH}; from assume_role.renewal import main; main(sys.argv[1:])"
    command = shlex.join([sys.executable, "-c", code, str(file)])
    line = next(each for each in text.splitlines() if each.startswith("credential_process"))
    place.config.write_text(text.replace(line, f"credential_process = {command}"))
    for name, value in {**job, "AWS_CONFIG_FILE": str(place.config), "AWS_PROFILE": "ci"}.items():
        monkeypatch.setenv(name, value)
    found = boto3.Session(profile_name="ci").get_credentials()
    assert found
    assert found.get_frozen_credentials().access_key == "ASIAFIRST"

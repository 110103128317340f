"""Profiles that assume-role writes, read by boto3 as a later step would."""

import re
from collections.abc import Callable

import boto3
import pytest

from integration.assume_role.step import Finished, Step

DEV = "arn:aws:iam::222222222222:role/github-deploy"


def who(step: Step, done: Finished, monkeypatch: pytest.MonkeyPatch, profile: str) -> str:
    assert done.exit_code == 0, done.log
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(step.machine.root / done.exported[name].lstrip("/")))
    client = boto3.Session(profile_name=profile).client("sts")
    return str(client.get_caller_identity()["Arn"])


def test_two_identities_side_by_side_and_none_in_the_environment(
    job: Callable[..., Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = job(environment="dev")
    first = step.run(role_to_assume=DEV, aws_profile="dev")
    assert set(first.exported) == {"AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}
    second = step.run(first.exported, aws_profile="again", role_to_assume=DEV)
    assert ":assumed-role/github-deploy/" in who(step, second, monkeypatch, "dev")
    assert ":assumed-role/github-deploy/" in who(step, second, monkeypatch, "again")
    taken = step.run(second.exported, role_to_assume=DEV, aws_profile="dev")
    assert (taken.exit_code, taken.exported) == (1, {})
    assert taken.error.title == "The profile dev exists"


def test_a_profile_in_the_home_is_taken_back(job: Callable[..., Step]) -> None:
    step = job(environment="dev")
    files = [f"{step.folder}/home-{name}" for name in ("config", "credentials")]
    env = dict(zip(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), files, strict=True))
    done = step.run(env, role_to_assume=DEV, aws_profile="ci", profile_location="home")
    assert (done.exit_code, done.exported) == (0, {"AWS_PROFILE": "ci"}), done.log
    inside = [step.machine.root / file.lstrip("/") for file in files]
    assert "[profile ci]" in inside[0].read_text()
    cleared = step.run({**env, **done.exported}, mode="clear")
    assert (cleared.exit_code, cleared.exported["AWS_PROFILE"]) == (0, "default"), cleared.log
    assert [file.exists() for file in inside] == [False, False]


def test_a_profile_renews_itself_with_a_new_token_of_the_job(job: Callable[..., Step]) -> None:
    step = job(environment="dev")
    # Fifteen minutes are less than what SDKs want to have left, so each question is answered anew.
    done = step.run(role_to_assume=DEV, aws_profile="ci", profile_refresh="true", role_duration_seconds="900")
    assert done.exit_code == 0, done.log
    config = (step.machine.root / done.exported["AWS_CONFIG_FILE"].lstrip("/")).read_text()
    (command,) = re.findall(r"credential_process = (.*)", config)
    keys = {step.later(done.exported, command)["AccessKeyId"] for _ in range(2)}
    assert len(keys) == 2

"""assume-role's release tree on a runner's machine: real DNS, TLS, IMDSv2, and AWS refuses as AWS does."""

import signal
import time
from collections.abc import Callable

import boto3
import pytest

from integration.assume_role.step import Step, trust
from testbed.faults.active import struck

RUNNER = "arn:aws:iam::111111111111:role/runner"
BUILD = "arn:aws:iam::111111111111:role/github-build"
DEV = "arn:aws:iam::222222222222:role/github-deploy"
CHAINED = "arn:aws:iam::222222222222:role/deploy-chained"
PROVIDER = "oidc-provider/token.actions.githubusercontent.com"
Starter = Callable[..., Step]


def caller(exported: dict[str, str]) -> str:
    """Who the exported variables make a later step."""
    answer = boto3.client(
        "sts",
        region_name=exported["AWS_REGION"],
        aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=exported["AWS_SESSION_TOKEN"],
    ).get_caller_identity()
    return str(answer["Arn"])


def test_oidc_into_the_environments_account(job: Starter) -> None:
    done = job(environment="dev").run(role_to_assume=DEV, allowed_account_ids="222222222222")
    assert done.exit_code == 0, done.log
    assert caller(done.exported) == "arn:aws:sts::222222222222:assumed-role/github-deploy/GitHubActions"
    assert (done.outputs["credential-source"], done.outputs["aws-account-id"]) == ("oidc", "222222222222")
    assert "github-deploy in 222222222222" in done.summary


def test_the_instance_role_leaves_the_sdks_chain_in_place(job: Starter) -> None:
    done = job(None).run(allowed_account_ids="111111111111")
    assert done.exit_code == 0, done.log
    assert set(done.exported) == {"AWS_REGION", "AWS_DEFAULT_REGION"}
    assert done.outputs["credential-source"] == "instance"
    assert ":assumed-role/runner/i-" in done.outputs["authenticated-arn"]


def test_from_the_instance_role_into_another_account(job: Starter) -> None:
    done = job(None).run(role_chain=CHAINED, allowed_account_ids="222222222222")
    assert done.exit_code == 0, done.log
    assert ":assumed-role/deploy-chained/" in caller(done.exported)
    assert done.outputs["role-chain-arns"].splitlines()[-1] == CHAINED


def test_an_account_without_a_provider_is_named(job: Starter, role: Callable[..., str]) -> None:
    arn = role("444444444444", trust=trust("sts:AssumeRoleWithWebIdentity", {"Federated": "*"}))
    done = job().run(role_to_assume=arn)
    assert done.exit_code == 1
    assert f"arn:aws:iam::444444444444:{PROVIDER}" in done.error.message


def test_a_wrong_audience_is_named(job: Starter) -> None:
    done = job(environment="dev").run(role_to_assume=DEV, audience="elsewhere")
    assert done.exit_code == 1
    assert done.error.title == "The ID token has the wrong audience"
    assert "`elsewhere`" in done.error.message


def test_a_denied_hop_names_both_roles(job: Starter, role: Callable[..., str]) -> None:
    stranger = role(trust=trust("sts:AssumeRole", {"AWS": "arn:aws:iam::333333333333:root"}))
    done = job(None).run(role_chain=stranger)
    assert done.exit_code == 1
    assert "arn:aws:sts::111111111111:assumed-role/runner/" in done.error.message
    assert stranger in done.error.message
    assert done.exported == {}


@pytest.mark.parametrize(("given", "exit_code"), [("|our-id", 0), ("|other", 1), ("", 1)])
def test_an_external_id_opens_the_last_door(
    job: Starter, role: Callable[..., str], given: str, exit_code: int
) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "our-id"}}
    # In the runner's own account, where the trust policy alone can let it in.
    arn = role("111111111111", trust=trust("sts:AssumeRole", {"AWS": RUNNER}, condition))
    done = job(None).run(role_chain=f"{arn}{given}")
    assert done.exit_code == exit_code, done.log


def test_a_longer_session_than_the_role_allows_is_named(job: Starter) -> None:
    done = job(environment="dev").run(role_to_assume=DEV, role_duration_seconds="43200")
    assert done.exit_code == 1
    assert done.error.title == "The session is longer than the role allows"


def test_throttling_heals_with_fresh_tokens(job: Starter) -> None:
    with struck("aws-throttle", operation="sts:AssumeRoleWithWebIdentity", times="2"):
        done = job(environment="dev").run(role_to_assume=DEV)
    assert done.exit_code == 0, done.log


@pytest.mark.usefixtures("slow_sts")
def test_a_cancelled_step_ends_at_once_and_exports_nothing(job: Starter) -> None:
    step = job(environment="dev")
    child = step.start(role_to_assume=DEV)
    assert child.stdout
    while b"Assuming" not in child.stdout.readline():
        assert child.poll() is None
    time.sleep(0.5)
    started = time.monotonic()
    inside = step.machine.run(["pgrep", "-f", "assume-role-under-test/entrypoint.py"], capture_output=True)
    step.machine.run(["kill", f"-{signal.SIGINT.value}", *inside.stdout.decode().split()], check=True)
    log = child.communicate()[0].decode()
    assert time.monotonic() - started < 5
    done = step.finished(child.returncode, log)
    assert (done.exit_code, done.exported) == (130, {})
    assert "assume-role was cancelled." in done.log

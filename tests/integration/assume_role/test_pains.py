"""What users of configure-aws-credentials complain of most, one test each, and what becomes of it here.

Those that need AWS to fail are in test_fault_pains.py.

The numbers are issues of https://github.com/aws-actions/configure-aws-credentials/issues unless a
repository is named.
"""

import json
import time
import uuid
from collections.abc import Callable

from integration.assume_role.step import Step, calls, ok, trust
from testbed.aws.control_client import ControlClient

RUNNER = "arn:aws:iam::111111111111:role/runner"
BUILD = "arn:aws:iam::111111111111:role/github-build"
DEV = "arn:aws:iam::222222222222:role/github-deploy"
CHAINED = "arn:aws:iam::222222222222:role/deploy-chained"
UNTAGGED = {"role_skip_session_tagging": "true"}
Starter = Callable[..., Step]
Maker = Callable[..., str]


def test_01_not_authorized_says_nothing(job: Starter, role: Maker, aws: ControlClient) -> None:
    """1137, 1446, 1293, 282: the claims are shown, and a statement that heals it as it stands."""
    arn = role(trust=trust("sts:AssumeRole", {"AWS": RUNNER}))
    step = job(environment="staging")
    denied = step.run(role_to_assume=arn)
    assert denied.exit_code == 1
    assert "sub = `repo:org/app:environment:staging`" in denied.error.message
    shown = denied.error.message
    statement = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
    aws.post(f"/roles/{arn}", trust={"Version": "2012-10-17", "Statement": [statement]})
    ok(step.run(role_to_assume=arn))


def test_02_subjects_have_ids_now(job: Starter) -> None:
    """1888, terraform-aws-modules/terraform-aws-iam#659: the form is recognised, and named as the reason."""
    done = job(environment="dev", immutable_sub=True).run(role_to_assume=DEV)
    assert done.exit_code == 1
    assert "written for `repo:org/app:environment:dev` doesn't match" in done.error.message


def test_03_what_can_not_heal_is_tried_twelve_times(job: Starter, aws: ControlClient) -> None:
    """683, 929: once, and a denial three times in five seconds."""
    name = f"pain-{uuid.uuid4().hex}"
    job(environment="dev").run(role_to_assume=DEV, role_duration_seconds="43200", role_session_name=name)
    assert len(calls(aws, name)) == 1
    started = time.monotonic()
    job(environment="other").run(role_to_assume=DEV, role_session_name=name)
    assert len(calls(aws, name)) == 1 + 3
    assert time.monotonic() - started < 10


def test_05_without_id_token_write_it_is_the_runner_in_silence(job: Starter) -> None:
    """453, 600: an error with the lines to add."""
    done = job(None).run(role_to_assume=DEV)
    assert done.exit_code == 1
    assert "permissions:\n      id-token: write" in done.error.message
    assert (done.exported, done.outputs) == ({}, {})


def test_06_a_job_with_a_token_can_not_be_the_runner(job: Starter, role: Maker) -> None:
    """598, 817: without a role, or where the source is named, nobody asks for a token."""
    arn = role("111111111111", trust=trust("sts:AssumeRole", {"AWS": RUNNER}))
    step = job(environment="dev")
    assert ok(step.run()).outputs["credential-source"] == "instance"
    named = ok(step.run(credential_source="instance", role_to_assume=arn, **UNTAGGED))
    assert named.outputs["role-chain-arns"].endswith(f"\n{arn}")


def test_07_a_second_role_is_assumed_with_the_first(job: Starter) -> None:
    """636, 391, 1339, 423: each starts from OIDC, and the log says so."""
    step = job(environment="dev")
    first = ok(step.run(role_to_assume=DEV))
    second = ok(step.run(first.exported, role_to_assume=DEV))
    assert second.exported["AWS_ACCESS_KEY_ID"] != first.exported["AWS_ACCESS_KEY_ID"]
    assert "not used for it" in second.log


def test_08_a_hub_account_takes_two_steps(job: Starter) -> None:
    """279, 1810, 340: one step, and AWS's hour for chained roles is said and kept."""
    done = ok(job().run(role_to_assume=BUILD, role_chain=CHAINED, role_duration_seconds="7200"))
    assert ":assumed-role/deploy-chained/" in done.outputs["authenticated-arn"]
    assert done.outputs["role-chain-arns"] == f"{BUILD}\n{CHAINED}"
    assert "3600 seconds at most" in done.log


def test_10_a_job_has_one_identity(job: Starter) -> None:
    """112, 800, 1586: profiles, side by side."""
    step = job(environment="dev")
    first = ok(step.run(role_to_assume=DEV, aws_profile="dev"))
    second = ok(step.run(first.exported, role_to_assume=DEV, aws_profile="again"))
    config = (step.machine.root / second.exported["AWS_CONFIG_FILE"].lstrip("/")).read_text()
    assert "[profile dev]" in config
    assert "[profile again]" in config


def test_11_profiles_of_the_runner_get_in_the_way(job: Starter) -> None:
    """962, 58: they don't, and the one that competes later is told."""
    step = job(environment="dev")
    env = {"AWS_PROFILE": "gone", "AWS_CONFIG_FILE": step.write("config", "[profile other]\nregion = x\n")}
    done = ok(step.run(env, role_to_assume=DEV))
    assert "::warning title=AWS_PROFILE competes::" in done.log


def test_12_session_tags_are_denied(job: Starter, role: Maker) -> None:
    """54, 465, 1898: the permission is named, and the way without tags."""
    arn = role("111111111111", trust=trust("sts:AssumeRole", {"AWS": RUNNER}))
    denied = job(None).run(role_to_assume=arn, role_chaining="true")
    assert '"Action": "sts:TagSession"' in denied.error.message


def test_13_credentials_end_before_the_job_does(job: Starter) -> None:
    """359, 354, 488, 79: the end is an output, and a profile renews itself."""
    step = job(environment="dev")
    done = ok(step.run(role_to_assume=DEV, aws_profile="ci", profile_refresh="true"))
    assert 3500 < int(done.outputs["expires-in-seconds"]) <= 3600
    config = (step.machine.root / done.exported["AWS_CONFIG_FILE"].lstrip("/")).read_text()
    assert "credential_process = " in config


def test_14_there_is_no_way_to_log_out(job: Starter) -> None:
    """1116, 474, 1545, 1308: `mode: clear`, which puts back what was there."""
    step = job(environment="dev")
    own = {"AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "own", "AWS_REGION": "eu-west-1"}
    first = ok(step.run(own, role_to_assume=DEV))
    cleared = ok(step.run({**own, **first.exported}, mode="clear"))
    assert cleared.exported["AWS_ACCESS_KEY_ID"] == "AKIAOWN"
    assert cleared.exported["AWS_SESSION_TOKEN"] == ""


def test_15_proxies_and_private_networks(job: Starter) -> None:
    """1165, 415, 861, boto/boto3#4333: metadata goes past the proxy; what fails is named with its address."""
    nobody = "http://127.0.0.1:1"
    ok(job(None).run({"HTTP_PROXY": nobody, "http_proxy": nobody}))
    step, once = job(environment="dev"), {"disable_retry": "true"}
    private = step.run(role_to_assume=DEV, sts_endpoint="https://127.0.0.1:1", **once)
    assert "127.0.0.1 (private) refuses the connection" in private.error.message
    proxied = step.run(role_to_assume=DEV, http_proxy=nobody, **once)
    assert "127.0.0.1 (private) (the proxy on the way) refuses" in proxied.error.message

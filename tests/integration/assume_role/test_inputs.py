"""configure-aws-credentials' inputs in assume-role, one after the other, against an AWS that means them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from integration.assume_role.step import Finished, Step, trust
from testbed.runner_host.machine import Machine

REGION = "ap-northeast-2"
TAGGED = ["sts:AssumeRole", "sts:TagSession"]
RUNNER = "arn:aws:iam::111111111111:role/runner"
BUILD = "arn:aws:iam::111111111111:role/github-build"
DEV = "arn:aws:iam::222222222222:role/github-deploy"
Starter = Callable[..., Step]
Maker = Callable[..., str]
CURL = ("curl", "-sSf", "--cacert", "/opt/actions-runner/ca.crt")
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        given = self.headers.get("Authorization") == "pod-token"
        body = open(sys.argv[2], "rb").read() if given else b""
        self.send_response(200 if given else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def keys_of(done: Finished) -> dict[str, str]:
    """What a step exported, as inputs of the next."""
    assert done.exit_code == 0, done.log
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {name.lower(): done.exported[name] for name in names}


def ecr(done: Finished) -> Any:
    assert done.exit_code == 0, done.log
    return boto3.client(
        "ecr",
        region_name=REGION,
        aws_access_key_id=done.exported["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=done.exported["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=done.exported["AWS_SESSION_TOKEN"],
    )


def test_role_chaining_assumes_a_role_by_its_name_and_says_for_which_job(job: Starter, role: Maker) -> None:
    only_app = {"StringEquals": {"aws:RequestTag/Repository": "org/app", "aws:RequestTag/Team": "a"}}
    arn = role("111111111111", trust=trust(TAGGED, {"AWS": RUNNER}, only_app))
    name = arn.rpartition("/")[2]
    done = job(None).run(role_to_assume=name, role_chaining="true", custom_tags='{"Team": "a"}')
    assert done.exit_code == 0, done.log
    assert f":assumed-role/{name}/" in done.outputs["authenticated-arn"]
    assert done.outputs["assumed-role-id"].endswith(":GitHubActions")
    denied = job(None).run(role_to_assume=name, role_chaining="true")
    assert denied.exit_code == 1


def test_a_role_that_may_not_be_tagged_is_taken_without_tags(job: Starter, role: Maker) -> None:
    arn = role("111111111111", trust=trust("sts:AssumeRole", {"AWS": RUNNER}))
    denied = job(None).run(role_to_assume=arn, role_chaining="true")
    assert denied.error.title.endswith("may not be tagged")
    done = job(None).run(role_to_assume=arn, role_chaining="true", role_skip_session_tagging="true")
    assert done.exit_code == 0, done.log


def test_transitive_tags_reach_the_end_of_the_chain(job: Starter, role: Maker) -> None:
    first = role("111111111111", trust=trust(TAGGED, {"AWS": RUNNER}))
    known = {"StringEquals": {"aws:PrincipalTag/Team": "a"}}
    second = role("111111111111", trust=trust(TAGGED, {"AWS": first}))
    last = role("111111111111", trust=trust(TAGGED, {"AWS": second}, known))
    chain = {"role_chain": f"{first}\n{second}\n{last}", "custom_tags": '{"Team": "a"}'}
    assert job(None).run(**chain, transitive_tag_keys="Team\nNobody").exit_code == 0
    without = {"role_chain": f"{first}\n{second}\n{last}"}
    assert job(None).run(**without).exit_code == 1


@pytest.mark.parametrize(
    "policy",
    [
        {"inline_session_policy": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'},
        {"managed_session_policies": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
    ],
    ids=["inline", "managed"],
)
def test_a_session_policy_narrows_what_the_role_may(job: Starter, policy: dict[str, str]) -> None:
    step = job()
    assert ecr(step.run(role_to_assume=BUILD)).get_authorization_token()["authorizationData"]
    narrowed = ecr(step.run(role_to_assume=BUILD, **policy))
    with pytest.raises(ClientError, match="AccessDenied"):
        narrowed.get_authorization_token()


def test_keys_of_the_inputs_beat_what_is_in_the_environment(job: Starter) -> None:
    step = job(environment="dev")
    dev, build = step.run(role_to_assume=DEV), job().run(role_to_assume=BUILD)
    done = step.run(dev.exported, **keys_of(build))
    assert (done.exit_code, done.outputs["credential-source"]) == (0, "keys")
    assert done.outputs["aws-account-id"] == "111111111111"
    assert done.exported["AWS_ACCESS_KEY_ID"] == build.exported["AWS_ACCESS_KEY_ID"]


def test_keys_and_a_role_with_an_external_id(job: Starter, role: Maker) -> None:
    known = {"StringEquals": {"sts:ExternalId": "our-id"}}
    arn = role("111111111111", trust=trust(TAGGED, {"AWS": BUILD}, known))
    keys = keys_of(job().run(role_to_assume=BUILD))
    assert job(None).run(**keys, role_to_assume=arn, role_external_id="our-id").exit_code == 0
    assert job(None).run(**keys, role_to_assume=arn, role_external_id="other").exit_code == 1


def test_a_token_file_is_as_good_as_githubs_answer(job: Starter, github_token: Callable[[Step], str]) -> None:
    step = job(environment="dev")
    step.write("token", github_token(step))
    done = step.run(role_to_assume=DEV, web_identity_token_file="token")
    assert (done.exit_code, done.outputs.get("credential-source")) == (0, "token-file"), done.log
    step.machine.run(["ln", "-s", "token", f"{step.folder}/work/link"], check=True)
    refused = step.run(role_to_assume=DEV, web_identity_token_file="link")
    assert "symbolic link" in refused.error.message


@pytest.fixture
def github_token(machine: Machine) -> Callable[[Step], str]:
    def ask(step: Step) -> str:
        url, bearer = step.id_token_request
        asked = machine.run(
            [*CURL, "-H", "@-", f"{url}&audience=sts.amazonaws.com"],
            input=f"Authorization: bearer {bearer}".encode(),
            capture_output=True,
            check=True,
        )
        return str(json.loads(asked.stdout)["value"])

    return ask


def test_existing_credentials_stay_while_aws_takes_them(job: Starter) -> None:
    step = job(environment="dev")
    first = step.run(role_to_assume=DEV)
    kept = step.run(first.exported, role_to_assume=BUILD, use_existing_credentials="true")
    assert (kept.exit_code, kept.outputs["aws-account-id"]) == (0, "222222222222"), kept.log
    assert set(kept.exported) == {"AWS_REGION", "AWS_DEFAULT_REGION"}
    stale = {**first.exported, "AWS_SESSION_TOKEN": "stale"}
    anew = step.run(stale, role_to_assume=DEV, use_existing_credentials="true")
    assert (anew.exit_code, anew.outputs["credential-source"]) == (0, "oidc"), anew.log


def test_the_instance_can_be_named_over_keys_of_an_earlier_step(job: Starter) -> None:
    step = job(environment="dev")
    first = step.run(role_to_assume=DEV)
    done = step.run(first.exported, credential_source="instance", unset_current_credentials="true")
    assert (done.exit_code, done.outputs["credential-source"]) == (0, "instance"), done.log
    assert done.outputs["aws-account-id"] == "111111111111"
    assert done.exported["AWS_ACCESS_KEY_ID"] == ""


def test_a_profile_of_the_runner_can_be_named(job: Starter) -> None:
    step = job()
    build = step.run(role_to_assume=BUILD).exported
    profile = f"[ci]\naws_access_key_id = {build['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = "
    profile += f"{build['AWS_SECRET_ACCESS_KEY']}\naws_session_token = {build['AWS_SESSION_TOKEN']}\n"
    env = {"AWS_SHARED_CREDENTIALS_FILE": step.write("credentials", profile), "AWS_PROFILE": "ci"}
    done = step.run(env, credential_source="profile")
    assert (done.exit_code, done.outputs.get("credential-source")) == (0, "profile"), done.log
    assert ":assumed-role/github-build/" in done.outputs["authenticated-arn"]


@pytest.fixture
def pod(job: Starter) -> Iterator[tuple[Step, dict[str, str]]]:
    """EKS Pod Identity's agent as a pod sees it: an address, and a file with a token for it."""
    step, port = job(), 18080
    build = step.run(role_to_assume=BUILD).exported
    answer = {
        "AccessKeyId": build["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": build["AWS_SECRET_ACCESS_KEY"],
        "Token": build["AWS_SESSION_TOKEN"],
        "Expiration": "2099-01-01T00:00:00Z",
    }
    url, file = f"http://127.0.0.1:{port}", step.write("answer", json.dumps(answer))
    server = step.machine.popen(["python3", "-c", SERVER, str(port), file])
    step.machine.run(["curl", "-s", "--retry", "20", "--retry-connrefused", url], capture_output=True)
    token = step.write("pod-token", "pod-token")
    yield (
        step,
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token},
    )
    step.machine.run(["pkill", "-f", file], check=True)
    server.wait()


def test_pod_identity_gives_credentials_through_its_agent(pod: tuple[Step, dict[str, str]]) -> None:
    step, env = pod
    for chosen in ("container", "auto"):
        done = step.run(env, credential_source=chosen)
        assert (done.exit_code, done.outputs.get("credential-source")) == (0, "container"), done.log
        assert ":assumed-role/github-build/" in done.outputs["authenticated-arn"]


def test_a_step_that_may_take_a_second_takes_no_more(job: Starter, slow_sts: None) -> None:
    assert slow_sts is None
    done = job(environment="dev").run(role_to_assume=DEV, action_timeout_s="1")
    assert (done.exit_code, done.exported) == (1, {})
    assert done.error.title == "Out of time"

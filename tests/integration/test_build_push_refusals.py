"""What build-push refuses, and how it says so: bad inputs, AWS's denials, failing builds."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from integration.build_push_step import REGISTRY, Finished, Job
from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.runner_host.machine import Machine
from tools.paths import ROOT

BUILDER = "arn:aws:iam::111111111111:role/github-build"
POLICY = json.loads((ROOT / "examples" / "aws" / "ecr-push.json").read_text())
BASE = {"context": ".", "push": "true", "tags": f"{REGISTRY}/app:refused"}


@pytest.fixture(scope="session")
def machine() -> Machine:
    machine = Machine("peered")
    Job.install(machine)
    return machine


@pytest.fixture
def job(machine: Machine) -> Iterator[Job]:
    job = Job(machine)
    job.write({"Dockerfile": f"FROM busybox\nRUN echo {uuid.uuid4()} > /unique\n"})
    yield job
    job.remove()


@pytest.fixture
def aws() -> Iterator[ControlClient]:
    control = ControlClient(paths.state())
    yield control
    control.post("/restore")


def id_token_variables(aws: ControlClient, ref: str = "refs/heads/main") -> dict[str, str]:
    """The variables by which a job of org/app at `ref` asks for ID tokens."""
    started = aws.post("/runner-jobs", repository="org/app", ref=ref, event_name="push")
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": started["id_token_request_url"],
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": started["id_token_request_token"],
    }


def without(*actions: str) -> dict[str, Any]:
    """The push policy without some of its actions."""
    policy = json.loads(json.dumps(POLICY))
    for statement in policy["Statement"]:
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [each for each in listed if each not in actions] or ["ecr:ListTagsForResource"]
    return {"ecr-push": policy}


def refused(done: Finished) -> str:
    """The text of the one annotation of a step that failed as expected and built nothing."""
    assert done.exit_code == 1, done.log
    assert "docker driver" not in done.log
    assert done.left_behind == []
    assert done.outputs == {}
    return f"{done.error.title}: {done.error.message}"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"tag": "x"}, ["`tag` is not an input", "Perhaps you meant `tags`"]),
        ({"push": "yes"}, ["`push` is `yes`", "`true` or `false`"]),
        ({"role-to-assume": "github-build"}, ["`role-to-assume`", "Write the role's ARN"]),
        ({"aws-region": "eu-central-1"}, ["is in ap-northeast-2, and `aws-region` is eu-central-1"]),
        ({"tags": f"{REGISTRY}/App:1"}, [f"`{REGISTRY}/App:1`", "only lowercase letters"]),
        ({"tags": f"{REGISTRY}/app:feature/x"}, ["a tag has no `/`"]),
        ({"tags": "app:1"}, ["names no registry"]),
        ({"file": "docker/Dockerfile"}, ["work/docker/Dockerfile", "Set `file` to", "`Dockerfile`"]),
        ({"context": "services"}, ["no folder", "work/services"]),
        ({"allowed-account-ids": "222222222222"}, ["account 111111111111", "allows 222222222222"]),
        (
            {"tags": f"{REGISTRY}/team/nowhere:1"},
            ["no repository `team/nowhere`", "aws ecr create-repository --region ap-northeast-2"],
        ),
        (
            {"tags": REGISTRY.replace("111111111111", "222222222222") + "/app:1"},
            ["222222222222", "account 111111111111"],
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_refused_before_anything_is_built(job: Job, inputs: dict[str, str], words: list[str]) -> None:
    text = refused(job.step({**BASE, **inputs}))
    for word in words:
        assert word in text


def test_tag_that_exists_and_is_immutable_is_refused_before_the_build(job: Job) -> None:
    tags = f"{REGISTRY}/app-immutable:{uuid.uuid4().hex}"
    assert job.step({**BASE, "tags": tags}).exit_code == 0
    text = refused(job.step({**BASE, "tags": tags}))
    assert "exists and can't be moved" in text
    assert tags.rpartition(":")[2] in text


def test_role_that_does_not_trust_the_branch_is_refused(job: Job, aws: ControlClient) -> None:
    text = refused(
        job.step({**BASE, "role-to-assume": BUILDER}, id_token_variables(aws, "refs/heads/feature"))
    )
    assert BUILDER in text
    assert "repo:org/app:ref:refs/heads/feature" in text


def test_job_without_permission_for_id_tokens_is_told_which(job: Job) -> None:
    assert "id-token: write" in refused(job.step({**BASE, "role-to-assume": BUILDER}))


def test_role_taken_for_this_step_is_exported_to_nobody(job: Job, aws: ControlClient) -> None:
    tags = f"{REGISTRY}/app:{uuid.uuid4().hex}"
    done = job.step({**BASE, "tags": tags, "role-to-assume": BUILDER}, id_token_variables(aws))
    assert done.exit_code == 0, done.log
    assert (job.machine.root / job.folder.lstrip("/") / "files" / "env").read_text() == ""


@pytest.mark.parametrize("action", ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"])
def test_missing_permission_is_named_before_the_build(job: Job, aws: ControlClient, action: str) -> None:
    aws.post(f"/roles/{BUILDER}", policies=without(action))
    text = refused(job.step({**BASE, "role-to-assume": BUILDER}, id_token_variables(aws)))
    assert f"assumed-role/github-build/GitHubActions is not allowed {action}" in text
    assert "in a policy of the role" in text


def test_permission_that_a_push_does_not_need_is_not_asked_for(job: Job, aws: ControlClient) -> None:
    aws.post(f"/roles/{BUILDER}", policies=without("ecr:DescribeRepositories", "ecr:DescribeImages"))
    tags = f"{REGISTRY}/app:{uuid.uuid4().hex}"
    done = job.step({**BASE, "tags": tags, "role-to-assume": BUILDER}, id_token_variables(aws))
    assert (done.exit_code, done.annotations) == (0, []), done.log
    again = job.step({**BASE, "tags": tags, "role-to-assume": BUILDER}, id_token_variables(aws))
    assert [each.kind for each in again.annotations] == ["notice"]
    assert "immutable couldn't be found out" in again.annotations[0].message


@pytest.mark.parametrize("action", ["ecr:InitiateLayerUpload", "ecr:PutImage"])
def test_push_that_the_registry_denies_names_the_action(job: Job, aws: ControlClient, action: str) -> None:
    aws.post(f"/roles/{BUILDER}", policies=without(action))
    tags = f"{REGISTRY}/app:{uuid.uuid4().hex}"
    done = job.step({**BASE, "tags": tags, "role-to-assume": BUILDER}, id_token_variables(aws))
    assert done.exit_code == 1, done.log
    assert done.error.title == "The registry denied the push"
    assert f"lacks {action}" in done.error.message


def test_failed_instruction_is_annotated_at_its_line_with_its_last_words(job: Job) -> None:
    job.write(
        {"services/api/Dockerfile": "FROM busybox\n\nRUN echo one && \\\n    echo the last words && exit 3\n"}
    )
    done = job.step({**BASE, "context": "services/api"})
    assert done.exit_code == 1
    assert (done.error.file, done.error.line) == ("services/api/Dockerfile", "3")
    assert done.error.title == "An instruction of the Dockerfile failed"
    assert "exit code: 3" in done.error.message
    assert "the last words" in done.error.message
    assert "the last words" in done.summary
    assert done.left_behind == []


def test_file_that_is_not_in_the_context_is_named(job: Job) -> None:
    job.write({"Dockerfile": "FROM busybox\nCOPY nope.txt /\n"})
    done = job.step(BASE)
    assert (done.error.title, done.error.line) == (
        "A file that the Dockerfile copies isn't in the context",
        "2",
    )
    assert "/nope.txt" in done.error.message


def test_syntax_error_is_annotated_at_its_line(job: Job) -> None:
    job.write({"Dockerfile": "FROM busybox\nFRMO x\n"})
    done = job.step(BASE)
    assert (done.error.title, done.error.line) == ("The Dockerfile has a syntax error", "2")


def test_base_image_that_does_not_exist_is_named(job: Job) -> None:
    job.write({"Dockerfile": "FROM busybox:no-such-tag\n"})
    done = job.step(BASE)
    assert (done.error.title, done.error.line) == ("A base image doesn't exist", "1")
    assert "busybox:no-such-tag" in done.error.message


def test_certificate_that_buildx_does_not_trust_is_named(job: Job) -> None:
    """The engine knows the organisation's authority; buildx, which asks Docker Hub for tokens, doesn't."""
    job.write({"Dockerfile": f"FROM org/{uuid.uuid4()}\n"})
    done = job.step(BASE, {"SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/nowhere"})
    assert done.error.title == "A registry's certificate isn't trusted"
    assert "SSL_CERT_FILE" in done.error.message


def test_output_of_a_build_speaks_no_commands_to_the_runner(job: Job) -> None:
    job.write(
        {"Dockerfile": 'FROM busybox\nRUN echo "::error::a" && echo "::set-output name=image::b" && false\n'}
    )
    done = job.step(BASE)
    assert [each.title for each in done.annotations] == ["An instruction of the Dockerfile failed"]

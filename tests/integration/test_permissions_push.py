"""Every permission of examples/aws/ecr-push.json: without it, build-push fails and one error names it."""

import json
import uuid
from collections.abc import Iterator

import pytest

from integration.aws_world import Aws, listed, without_one
from integration.build_push_step import REGISTRY, Finished, Job
from integration.registry_image import Registry
from testbed.bed import Bed
from testbed.runner_host.machine import Machine
from tools.paths import ROOT

POLICY = json.loads((ROOT / "examples" / "aws" / "ecr-push.json").read_text())
SCRATCH = "FROM busybox\nRUN echo {unique} > /unique\n"
# What the step needs the action for, and the title and words of its error without it.
PUSH = ("The registry denied the push", "lacks {action}")
PULL = ("The registry denied the pull", "lacks {action}")
BEFORE = ("ECR denied the call", "is not allowed {action} on ")
ROWS: dict[str, tuple[str, str]] = {
    "ecr:BatchCheckLayerAvailability": PUSH,
    "ecr:BatchGetImage": BEFORE,
    "ecr:CompleteLayerUpload": PUSH,
    "ecr:GetAuthorizationToken": BEFORE,
    "ecr:GetDownloadUrlForLayer": PULL,
    "ecr:InitiateLayerUpload": PUSH,
    "ecr:PutImage": PUSH,
    "ecr:UploadLayerPart": PUSH,
}
# Without this one a push works, and a tag that can't be moved is found out late; it has a test of its own.
LATE = "ecr:DescribeRepositories"


class Builder:
    """Steps of one job, as a copy of the example's role."""

    def __init__(self, aws: Aws, job: Job) -> None:
        self._aws = aws
        self._job = job
        self._keys = aws.web_identity(aws.build, aws.id_token())

    def lose(self, action: str) -> None:
        """The role as it is without this one."""
        self._aws.change(self._aws.build, policies={"ecr-push": without_one(POLICY, "Action", action)})

    def dockerfile(self, action: str) -> str:
        """GetDownloadUrlForLayer is for base images from ECR, of which the engine must have no layer yet."""
        if action != "ecr:GetDownloadUrlForLayer":
            return SCRATCH.format(unique=uuid.uuid4())
        base = Registry(self._aws.client("ecr", self._keys), REGISTRY, "team/service").push()
        return f"FROM {base}\nCOPY Dockerfile /\n"

    def push(self, dockerfile: str, tags: str) -> Finished:
        self._job.write({"Dockerfile": dockerfile})
        keys = {
            "AWS_ACCESS_KEY_ID": self._keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self._keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": self._keys["SessionToken"],
        }
        return self._job.step({"context": ".", "push": "true", "tags": tags}, keys)


@pytest.fixture(scope="session")
def machine() -> Machine:
    machine = Machine("peered")
    Job.install(machine)
    return machine


@pytest.fixture
def builder(bed: Bed, machine: Machine) -> Iterator[Builder]:
    aws, job = Aws(bed), Job(machine)
    yield Builder(aws, job)
    job.remove()
    aws.clean_up()


@pytest.mark.parametrize("action", ROWS)
def test_without_this_permission_the_push_fails_and_names_it(builder: Builder, action: str) -> None:
    title, words = ROWS[action]
    dockerfile, tags = builder.dockerfile(action), f"{REGISTRY}/app:{uuid.uuid4().hex}"
    builder.lose(action)
    done = builder.push(dockerfile, tags)
    assert done.exit_code == 1, done.log
    assert (done.error.title, words.format(action=action) in done.error.message) == (title, True), done.log
    assert done.outputs == {}


def test_with_all_of_them_an_image_on_a_base_of_ecr_is_pushed(builder: Builder) -> None:
    dockerfile = builder.dockerfile("ecr:GetDownloadUrlForLayer")
    done = builder.push(dockerfile, f"{REGISTRY}/app:{uuid.uuid4().hex}")
    assert (done.exit_code, done.annotations) == (0, []), done.log


def test_without_the_repositorys_settings_a_tag_that_stays_is_found_out_late(builder: Builder) -> None:
    tags = f"{REGISTRY}/app-immutable:{uuid.uuid4().hex}"
    assert builder.push(SCRATCH.format(unique=uuid.uuid4()), tags).exit_code == 0
    with_it = builder.push(SCRATCH.format(unique=uuid.uuid4()), tags)
    assert "docker driver" not in with_it.log, "nothing was built"
    builder.lose(LATE)
    without_it = builder.push(SCRATCH.format(unique=uuid.uuid4()), tags)
    assert with_it.error.title == without_it.error.title == "The tag exists and can't be moved"
    (notice,) = (each for each in without_it.annotations if each.kind == "notice")
    assert f"{LATE} isn't allowed" in notice.message


def test_a_repository_that_the_policy_does_not_name_is_denied(builder: Builder) -> None:
    done = builder.push(SCRATCH.format(unique=uuid.uuid4()), f"{REGISTRY}/other:{uuid.uuid4().hex}")
    assert done.error.title == "ECR denied the call"
    assert "ecr:BatchGetImage on arn:aws:ecr:ap-northeast-2:111111111111:repository/other." in (
        done.error.message
    )


def test_the_table_knows_every_permission_of_the_example() -> None:
    """A permission that the example gains needs a row here; one that no row needs leaves the example."""
    assert {action for each in POLICY["Statement"] for action in listed(each["Action"])} == {*ROWS, LATE}

"""build-push's release tree on a runner's machine, with the real Docker engine, BuildKit and registry."""

import json
import random
import stat
import time
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from integration.build_push_step import REGISTRY, Finished, Job, Running, inside
from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.runner_host.machine import Machine

DOCKERFILE = 'FROM busybox\nARG UNIQUE\nRUN echo $UNIQUE > /unique\nCMD ["cat", "/unique"]\n'
PUSHER = "arn:aws:iam::111111111111:role/runner"


@pytest.fixture(scope="session")
def machine() -> Machine:
    machine = Machine("peered")
    Job.install(machine)
    return machine


@pytest.fixture
def job(machine: Machine) -> Iterator[Job]:
    job = Job(machine)
    yield job
    job.remove()


@pytest.fixture
def tag() -> str:
    return f"it-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def ecr() -> Any:
    """ECR as somebody else sees it: not by way of the code under test."""
    found = ControlClient(paths.state()).post(
        "/instance-credentials", role_arn=PUSHER, instance_id="i-0123456789abcdef0"
    )
    return boto3.client(
        "ecr",
        region_name="ap-northeast-2",
        aws_access_key_id=found["access_key_id"],
        aws_secret_access_key=found["secret_access_key"],
        aws_session_token=found["session_token"],
    )


def digest_of(ecr: Any, repository: str, tag: str) -> str:
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    return answer["images"][0]["imageId"]["imageDigest"] if answer["images"] else ""


def pushed(job: Job, tag: str, **inputs: str) -> Finished:
    job.write({"Dockerfile": DOCKERFILE})
    given = {"context": ".", "push": "true", "tags": f"{REGISTRY}/app:{tag}", "build-args": f"UNIQUE={tag}"}
    return job.step({**given, **{key.replace("_", "-"): value for key, value in inputs.items()}})


def test_pushed_image_is_known_by_the_digest_that_the_registry_has(job: Job, ecr: Any, tag: str) -> None:
    done = pushed(job, tag)
    assert done.exit_code == 0, done.log
    digest = digest_of(ecr, "app", tag)
    assert done.outputs["image"] == f"{REGISTRY}/app@{digest}"
    assert done.outputs["digest"] == digest
    assert done.outputs["tags"] == f"{REGISTRY}/app:{tag}"
    assert done.outputs["repository-name"] == "app"
    assert done.outputs["imageid"].startswith("sha256:")
    assert json.loads(done.outputs["metadata"])["containerimage.digest"] == digest
    assert f"docker pull {REGISTRY}/app@{digest}" in done.summary
    assert "linux/amd64" in done.summary


def test_what_was_pushed_is_one_image_and_no_index(job: Job, ecr: Any, tag: str) -> None:
    pushed(job, tag)
    (image,) = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": tag}])["images"]
    assert json.loads(image["imageManifest"])["layers"]


def test_several_tags_and_repositories_get_the_same_image(job: Job, ecr: Any, tag: str) -> None:
    tags = f"{REGISTRY}/app:{tag}\n{REGISTRY}/app:{tag}-too, {REGISTRY}/team/service:{tag}"
    done = pushed(job, tag, tags=tags)
    assert done.exit_code == 0, done.log
    found = {digest_of(ecr, *at) for at in (("app", tag), ("app", f"{tag}-too"), ("team/service", tag))}
    assert found == {done.outputs["digest"]}


def test_tag_that_can_move_is_moved(job: Job, ecr: Any, tag: str) -> None:
    first, second = pushed(job, tag), pushed(job, tag, build_args="UNIQUE=other")
    assert first.outputs["digest"] != second.outputs["digest"] == digest_of(ecr, "app", tag)


def test_context_file_target_arguments_and_labels_reach_buildkit(job: Job, tag: str) -> None:
    text = 'FROM busybox AS wanted\nARG GREETING\nRUN test "$GREETING" = "a, b"\nFROM wanted\nRUN false\n'
    job.write({"services/api/a.txt": "", "docker/api.Dockerfile": text})
    done = job.step(
        {
            "context": "services/api",
            "file": "docker/api.Dockerfile",
            "target": "wanted",
            "tags": f"local/{tag}:1",
            "build-args": "GREETING=a, b",
            "labels": f"org.example.run={tag}",
        }
    )
    assert done.exit_code == 0, done.log
    found = job.machine.run(
        ["docker", "inspect", "--format", "{{json .Config.Labels}}", f"local/{tag}:1"],
        capture_output=True,
        check=True,
    )
    assert json.loads(found.stdout)["org.example.run"] == tag


def test_build_without_push_asks_aws_for_nothing(job: Job, tag: str) -> None:
    job.write({"Dockerfile": "FROM busybox\n"})
    done = job.step({"context": ".", "tags": f"local/{tag}:1"}, {"AWS_EC2_METADATA_DISABLED": "true"})
    assert (done.exit_code, done.outputs["image"]) == (0, ""), done.log
    assert "AWS knows us" not in done.log


def test_base_image_from_ecr_is_pulled_without_a_login(job: Job, tag: str) -> None:
    image = pushed(job, tag).outputs["image"]
    job.machine.run(["docker", "image", "rm", "--force", f"{REGISTRY}/app:{tag}"], capture_output=True)
    job.write({"Dockerfile": f'FROM {image}\nRUN test "$(cat /unique)" = {tag}\n'})
    done = job.step({"context": "."})
    assert done.exit_code == 0, done.log


def test_nothing_is_left_behind(job: Job, tag: str) -> None:
    done = pushed(job, tag)
    assert done.left_behind == []
    assert not (job.machine.root / "home/runner/.docker/config.json").exists()


def test_logins_of_the_user_stay_as_they_are(job: Job, tag: str) -> None:
    """Two jobs on one runner: what the other has in its configuration is neither used nor touched."""
    folder = f"{job.folder}/users"
    config = json.dumps({"auths": {REGISTRY: {"auth": "QVdTOndyb25n"}}, "credsStore": "not-installed"})
    job.machine.run(["mkdir", folder], check=True)
    job.machine.run(["sh", "-c", f"cat > {folder}/config.json"], input=config.encode(), check=True)
    job.write({"Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"})
    given = {"context": ".", "push": "true", "tags": f"{REGISTRY}/app:{tag}"}
    done = job.step(given, {"DOCKER_CONFIG": folder})
    assert done.exit_code == 0, done.log
    assert (job.machine.root / folder.lstrip("/") / "config.json").read_text() == config


def test_engine_that_does_not_answer_is_named(job: Job, tag: str) -> None:
    job.write({"Dockerfile": DOCKERFILE})
    given = {"context": ".", "push": "true", "tags": f"{REGISTRY}/app:{tag}"}
    done = job.step(given, {"DOCKER_HOST": "unix:///run/nothing.sock"})
    assert done.exit_code == 1
    assert done.error.title == "No Docker engine answers"
    assert "unix:///run/nothing.sock" in done.error.message


def test_default_context_is_the_commit_that_docker_build_push_action_takes(job: Job) -> None:
    """There is no github.com here, so it ends where BuildKit, with the job's token, would fetch."""
    done = job.step({"github-token": "token-of-the-job"})
    assert (done.exit_code, done.error.title) == (1, "The git context can't be read")
    assert "https://github.com/org/app.git#0123456789abcdef0123456789abcdef01234567" in done.log
    assert [line for line in done.log.splitlines() if "token-of-the-job" in line] == [
        "::add-mask::token-of-the-job"
    ]
    assert done.left_behind == []


def test_git_context_is_built_without_a_checkout(job: Job, tag: str) -> None:
    script = f"""
        git init --quiet --initial-branch=main {job.folder}/repositories/app.git
        cd {job.folder}/repositories/app.git
        mkdir docker && echo {tag} > file
        printf 'FROM busybox\\nCOPY file /\\nRUN test "$(cat /file)" = {tag}\\n' > docker/app.Dockerfile
        git add . && git -c user.name=x -c user.email=x@example.org commit --quiet --message=x
    """
    job.machine.run(["sh", "-ec", script], check=True)
    port = random.randint(20000, 30000)
    listen = [
        "--export-all",
        "--listen=127.0.0.1",
        f"--port={port}",
        f"--base-path={job.folder}/repositories",
    ]
    # Not `git daemon`: ending it would leave its child.
    server = job.machine.popen(["/usr/lib/git-core/git-daemon", *listen])
    time.sleep(0.5)
    done = job.step({"context": f"git://127.0.0.1:{port}/app.git#main", "file": "docker/app.Dockerfile"})
    server.terminate()
    server.wait()
    assert done.exit_code == 0, done.log


def test_two_jobs_at_once_do_not_disturb_each_other(machine: Machine, tag: str) -> None:
    running = []
    for number in (1, 2):
        job = Job(machine)
        job.write({"Dockerfile": f"FROM busybox\nRUN echo {tag}-{number} && sleep 1\n"})
        running.append(job.start({"context": ".", "push": "true", "tags": f"{REGISTRY}/app:{tag}-{number}"}))
    for each in running:
        done = each.finish()
        each.job.remove()
        assert done.exit_code == 0, done.log


def slow(job: Job, tag: str, word: str) -> Running:
    """A push whose build says `word` and then takes its time."""
    job.write({"Dockerfile": f"FROM busybox\nRUN echo {word} && sleep 20\n"})
    given = {"context": ".", "push": "true", "tags": f"{REGISTRY}/app:{tag}"}
    return job.start(
        given, {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token", "ACTIONS_RUNTIME_TOKEN": "runtime"}
    )


def test_docker_gets_neither_keys_nor_tokens_while_it_builds(job: Job, tag: str) -> None:
    running = slow(job, tag, "begun")
    running.wait_for(lambda: "begun" in running.text)
    root = job.machine.root / job.folder.lstrip("/") / "temp"
    passwords = [
        line.split("::", 2)[2] for line in running.text.splitlines() if line.startswith("::add-mask::")
    ]
    files = [path for path in root.rglob("*") if path.is_file()]
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in root.iterdir()}
    programs = running.docker
    running.process.terminate()
    assert programs
    for argv, environment in programs.values():
        for word in ("AWS_SECRET_ACCESS_KEY", "ACTION_INPUTS", "ACTIONS_ID_TOKEN", "ACTIONS_RUNTIME_TOKEN"):
            assert word not in environment
        assert not [secret for secret in passwords if secret in argv + environment]
    assert not [file for file in files for secret in passwords if secret in file.read_text(errors="replace")]
    assert modes == {0}


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_cancelled_step_ends_its_build_and_leaves_nothing(job: Job, tag: str, signal: str) -> None:
    running = slow(job, tag, f"begun-{signal}")
    running.wait_for(lambda: "begun" in running.text)
    (step,) = [pid for pid, (argv, _) in running.programs.items() if "entrypoint.py" in argv]
    begun = time.monotonic()
    job.machine.run(["kill", f"-{signal}", inside(step)], check=True)
    done = running.finish()
    assert done.exit_code == 130
    assert time.monotonic() - begun < 7.5  # what the runner gives
    assert done.left_behind == []
    assert running.programs == {}


def test_buildx_that_is_killed_is_a_failure(job: Job, tag: str) -> None:
    """docker/build-push-action 7.3.0 ends in success here."""
    running = slow(job, tag, "begun-killed")
    running.wait_for(lambda: "begun" in running.text and len(running.docker) > 0)
    for pid in running.docker:
        job.machine.run(["kill", "-KILL", inside(pid)], check=False)
    done = running.finish()
    assert done.exit_code == 1
    assert done.error.title == "The build was killed"

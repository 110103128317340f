import os
from pathlib import Path

import pytest

from actionkit.errors import ActionError
from build_push import engine
from fakes import FakeProcess, completed

VERSION = "github.com/docker/buildx 0.13.1 0.13.1+ds1-3\n"
INSPECTED = """\
Name:          default
Driver:        docker
Last Activity: 2026-11-23 10:00:00 +0000 UTC

Nodes:
Name:             default
Endpoint:         default
Status:           running
BuildKit version: v0.12.5
Platforms:        linux/amd64, linux/amd64/v2, linux/386
Labels:
 org.mobyproject.buildkit.worker.moby.host-gateway-ip: 172.17.0.1
"""
NO_ENGINE = """\
Name:   default
Driver: docker

Nodes:
Name:     default
Endpoint: default
Error:    {problem}
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    docker = tmp_path / "docker"
    docker.touch(mode=0o755)
    return {"PATH": f"{tmp_path}{os.pathsep}/usr/bin"}


def process(inspected: str, version: str = VERSION, exit_code: int = 0) -> FakeProcess:
    return FakeProcess(
        {
            ("docker", "buildx", "version"): completed(version, exit_code),
            ("docker", "buildx", "inspect"): completed(inspected),
        }
    )


def test_builder_is_described(environment: dict[str, str]) -> None:
    builder = engine.check(process(INSPECTED), environment)
    assert (builder.name, builder.driver, builder.platform, builder.buildx) == (
        "default",
        "docker",
        "linux/amd64",
        "0.13.1",
    )


def test_builder_that_is_not_running_yet_has_no_platform() -> None:
    stopped = "Name: ci\nDriver: docker-container\n\nNodes:\nName: ci0\nStatus: inactive\nPlatforms:\n"
    assert engine.parse(stopped, VERSION).platform == ""


def test_no_docker_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ActionError) as refused:
        engine.check(process(INSPECTED), {"PATH": str(tmp_path)})
    assert str(tmp_path) in refused.value.message
    assert "docs.docker.com/engine/install" in refused.value.hint


def test_no_buildx_says_how_to_get_it(environment: dict[str, str]) -> None:
    answer = "docker: 'buildx' is not a docker command.\nSee 'docker --help'\n"
    with pytest.raises(ActionError) as refused:
        engine.check(process(INSPECTED, answer, exit_code=1), environment)
    assert "is not a docker command" in refused.value.message
    assert "docker-buildx-plugin" in refused.value.hint


@pytest.mark.parametrize(
    ("problem", "hint"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?", "systemctl"),
        ("permission denied while trying to connect to the Docker daemon socket", "usermod -aG docker"),
    ],
)
def test_engine_that_does_not_answer(environment: dict[str, str], problem: str, hint: str) -> None:
    with pytest.raises(ActionError) as refused:
        engine.check(process(NO_ENGINE.format(problem=problem)), environment)
    assert problem in refused.value.message
    assert hint in refused.value.hint


def test_docker_gets_its_own_variables_and_nobody_elses() -> None:
    environ = {
        "DOCKER_HOST": "tcp://engine:2376",
        "BUILDX_BUILDER": "ci",
        "BUILDKIT_HOST": "x",
        "AWS_SECRET_ACCESS_KEY": "s",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        "ACTION_INPUTS": "{}",
    }
    assert set(engine.names(environ)) & set(environ) == {"DOCKER_HOST", "BUILDX_BUILDER", "BUILDKIT_HOST"}

import time
from pathlib import Path

import pytest

from actionkit.errors import ActionError
from build_push import dockerfile

ECR = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in (
        ".git/Dockerfile",
        "services/api/Dockerfile",
        "services/web/web.Dockerfile",
        "services/web/Dockerfile.dockerignore",
        "docker/Dockerfile.release",
        "node_modules/left-pad/Dockerfile",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("context", "file", "name"),
    [
        ("services/api", "", "services/api/Dockerfile"),
        ("./services/api/", "", "services/api/Dockerfile"),
        (".", "docker/Dockerfile.release", "docker/Dockerfile.release"),
        ("services/api", "./docker/Dockerfile.release", "docker/Dockerfile.release"),
    ],
)
def test_file_is_found_where_docker_looks(workspace: Path, context: str, file: str, name: str) -> None:
    found = dockerfile.find(workspace, context, file)
    assert (found.name, found.path.is_file()) == (name, True)


def test_missing_file_names_the_path_and_the_candidates(workspace: Path) -> None:
    with pytest.raises(ActionError) as refused:
        dockerfile.find(workspace, ".", "")
    assert str(workspace / "Dockerfile") in refused.value.message
    for candidate in ("docker/Dockerfile.release", "services/api/Dockerfile", "services/web/web.Dockerfile"):
        assert f"`{candidate}`" in refused.value.hint
    assert "node_modules" not in refused.value.hint
    assert ".git" not in refused.value.hint


def test_file_that_was_taken_as_relative_to_the_context_is_recognised(workspace: Path) -> None:
    with pytest.raises(ActionError) as refused:
        dockerfile.find(workspace, "services/web", "web.Dockerfile")
    assert "relative to the workspace, not to `context`" in refused.value.hint
    assert "`services/web/web.Dockerfile`" in refused.value.hint


def test_missing_context_without_checkout_says_so(tmp_path: Path) -> None:
    with pytest.raises(ActionError) as refused:
        dockerfile.find(tmp_path, "services/api", "")
    assert f"no folder {tmp_path / 'services/api'}" in refused.value.message
    assert "actions/checkout" in refused.value.hint


def test_empty_workspace_has_no_candidates_and_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="Dockerfile doesn't exist") as refused:
        dockerfile.find(tmp_path, ".", "")
    assert "actions/checkout" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "build_args", "hosts"),
    [
        (f"FROM {ECR}/base:1", (), [ECR]),
        (f"  from --platform=linux/amd64 {ECR}/base:1 as x", (), [ECR]),
        (f"ARG BASE={ECR}/base:1\nFROM $BASE", (), [ECR]),
        ("ARG BASE\nFROM $BASE", (f"BASE={ECR}/base:1",), [ECR]),
        (f"FROM scratch\nCOPY --from={ECR}/tools:1 /a /a", (), [ECR]),
        (f"# FROM {ECR}/old:1\nFROM python:3.13-slim\nRUN echo {ECR}", (), []),
    ],
)
def test_registries_of_base_images(text: str, build_args: tuple[str, ...], hosts: list[str]) -> None:
    assert [each.host for each in dockerfile.registries(text, build_args)] == hosts


def test_a_dockerfile_of_blank_lines_is_read_in_no_time() -> None:
    started = time.monotonic()
    assert dockerfile.registries("\n" * 30_000 + f"x\nFROM {ECR}/base\n", ()) != ()
    assert time.monotonic() - started < 3

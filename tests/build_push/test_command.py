from dataclasses import replace
from pathlib import PurePath

import pytest

from build_push.command import Build, Files, argv

FILES = Files(image_id=PurePath("/t/image-id"), metadata=PurePath("/t/metadata.json"))
PLAIN = Build(context=".", file="", target="", tags=(), build_args=(), labels=(), push=False)
HEAD = ["docker", "buildx", "build", "--progress", "plain"]


@pytest.mark.parametrize(
    ("build", "middle", "end"),
    [
        (PLAIN, "{ids} --provenance=false {known}", "."),
        (
            replace(PLAIN, file="docker/app.Dockerfile", target="release", context="services/api"),
            "--file docker/app.Dockerfile {ids} --provenance=false --target release {known}",
            "services/api",
        ),
        (
            replace(PLAIN, build_args=("A=1", "B"), labels=("x=y", "z=a,b")),
            "--build-arg A=1 --build-arg B {ids} --label x=y --label z=a,b --provenance=false {known}",
            ".",
        ),
        (
            replace(PLAIN, tags=("host.example/app:1", "host.example/app:latest"), push=True),
            "{ids} --provenance=false --tag host.example/app:1 --tag host.example/app:latest {known} --push",
            ".",
        ),
        (
            replace(PLAIN, context="--output=type=local,dest=/"),
            "{ids} --provenance=false {known}",
            "--output=type=local,dest=/",
        ),
    ],
    ids=["least", "file and stage", "arguments and labels", "push", "no option is smuggled in"],
)
def test_argv(build: Build, middle: str, end: str) -> None:
    known = middle.format(ids="--iidfile /t/image-id", known="--metadata-file /t/metadata.json")
    assert argv(build, FILES) == [*HEAD, *known.split(), "--", end]


def test_token_of_a_git_context_is_named_and_never_written_into_argv() -> None:
    files = replace(FILES, git_token=PurePath("/t/git-token"), git_host="github.com")
    command = argv(replace(PLAIN, context="https://github.com/org/app.git#0a1b2c"), files)
    at = command.index("--secret")
    assert command[at + 1] == "id=GIT_AUTH_TOKEN.github.com,src=/t/git-token"

"""The `docker buildx build` command line."""

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is built, and how it is named: everything that the command line says about it."""

    context: str
    file: str
    target: str
    tags: tuple[str, ...]
    build_args: tuple[str, ...]
    labels: tuple[str, ...]
    push: bool


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where buildx leaves what it knows, and where it finds the job's token for a git context."""

    image_id: PurePath
    metadata: PurePath
    git_token: PurePath | None = None
    git_host: str = ""


def argv(build: Build, files: Files) -> list[str]:
    """The command, in docker/build-push-action's order.

    Provenance is always switched off: BuildKit's default depends on its version and driver, and turns an
    image into an index whose second entry no cluster runs.
    """
    command = ["docker", "buildx", "build", "--progress", "plain"]
    for each in build.build_args:
        command += ["--build-arg", each]
    if build.file:
        command += ["--file", build.file]
    command += ["--iidfile", str(files.image_id)]
    for each in build.labels:
        command += ["--label", each]
    command.append("--provenance=false")
    if files.git_token:
        command += ["--secret", f"id=GIT_AUTH_TOKEN.{files.git_host},src={files.git_token}"]
    for each in build.tags:
        command += ["--tag", each]
    if build.target:
        command += ["--target", build.target]
    command += ["--metadata-file", str(files.metadata)]
    if build.push:
        command.append("--push")
    return [*command, "--", build.context]

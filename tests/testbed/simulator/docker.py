"""Command lines for the docker client.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Container/DockerCommandManager.cs
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .config import Config
from .dotnet import split_arguments
from .script import which
from .state import JobState


@dataclass(frozen=True)
class Mount:
    source: Path
    target: str


def docker(job: JobState) -> str:
    return which("docker", job)


def image_label(config: Config) -> str:
    """Six hex digits that stand for this runner: the real one hashes its configuration file."""
    return hashlib.sha256(f"{config.runner_name} {config.work}".encode()).hexdigest()[:6]


def run_line(
    image: str,
    *,
    name: str,
    label: str,
    names: list[str],
    mounts: list[Mount],
    entrypoint: str,
    arguments: str,
) -> list[str]:
    """`docker run` without the program; variables by name only, for anybody can read a command line."""
    argv = ["run", "--name", name, "--label", label, "--workdir", "/github/workspace", "--rm"]
    for variable in names:
        argv += ["-e", variable]
    argv += ["-e", "GITHUB_ACTIONS=true"]
    argv += [] if "CI" in names else ["-e", "CI=true"]
    argv += ["--entrypoint", entrypoint] if entrypoint else []
    for mount in mounts:
        argv += ["-v", f"{mount.source}:{mount.target}"]
    return [*argv, image, *split_arguments(arguments)]

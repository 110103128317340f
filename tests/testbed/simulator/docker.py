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


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """`docker run`; variables by name only, for anybody can read a command line."""

    image: str
    name: str
    label: str
    variables: list[str]
    mounts: list[Mount]
    entrypoint: str
    arguments: str  # one line, quoted as .NET splits it
    network: str = ""  # of the job's containers

    def argv(self) -> list[str]:
        """Without the program."""
        argv = ["run", "--name", self.name, "--label", self.label, "--workdir", "/github/workspace", "--rm"]
        for variable in self.variables:
            argv += ["-e", variable]
        argv += ["-e", "GITHUB_ACTIONS=true"]
        argv += [] if "CI" in self.variables else ["-e", "CI=true"]
        argv += ["--entrypoint", self.entrypoint] if self.entrypoint else []
        argv += ["--network", self.network] if self.network else []
        for mount in self.mounts:
            argv += ["-v", f"{mount.source}:{mount.target}"]
        return [*argv, self.image, *split_arguments(self.arguments)]

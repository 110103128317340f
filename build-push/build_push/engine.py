"""The Docker client, its buildx plugin and the builder that they would use: there, or how to get them."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from actionkit.errors import ActionError
from actionkit.process import Process

# Command-line and BuildKit variables that docker reads; credentials of AWS aren't among them.
# https://docs.docker.com/reference/cli/docker/#environment-variables
VARIABLES = (
    "DOCKER_API_VERSION",
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_CONTEXT",
    "DOCKER_CUSTOM_HEADERS",
    "DOCKER_DEFAULT_PLATFORM",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "SSH_AUTH_SOCK",
    "SOURCE_DATE_EPOCH",
)
PREFIXES = ("BUILDX_", "BUILDKIT_")

_INSTALL = (
    "Install it on the runner: https://docs.docker.com/engine/install/. On Amazon Linux: `dnf install "
    "docker`."
)
_INSTALL_BUILDX = (
    "Install Docker's plugin on the runner: package docker-buildx-plugin (Docker's repository) or "
    "docker-buildx (Debian, Ubuntu), or https://github.com/docker/buildx#installing; or run "
    "docker/setup-buildx-action before."
)


@dataclass(frozen=True, kw_only=True)
class Builder:
    """What will build. `platform` is the builder's own, empty if it isn't running yet."""

    name: str
    driver: str
    platform: str
    buildx: str


def names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables of `environ` that docker may see, beside those that every child gets."""
    return (*VARIABLES, *(name for name in environ if name.startswith(PREFIXES)))


def check(process: Process, environment: Mapping[str, str]) -> Builder:
    """The builder that `docker buildx build` would use; raises ActionError if it can't."""
    if not shutil.which("docker", path=environment.get("PATH", "")):
        raise ActionError(
            "There is no docker on this runner", f"PATH is {environment.get('PATH', '')}.", _INSTALL
        )
    version = process.run(["docker", "buildx", "version"], env=environment, show=False, timeout=60)
    if version.exit_code:
        raise ActionError(
            "docker has no buildx plugin",
            f"`docker buildx version` answered: {version.tail(3).strip()}",
            _INSTALL_BUILDX,
        )
    inspected = process.run(["docker", "buildx", "inspect"], env=environment, show=False, timeout=60)
    problem = _problem(inspected.exit_code, inspected.output)
    if problem:
        raise _unreachable(problem, environment)
    return parse(inspected.output, version.output)


def parse(inspected: str, version: str) -> Builder:
    """From what `docker buildx inspect` and `docker buildx version` print."""
    platforms = _field(inspected, "Platforms")
    words = version.split()
    return Builder(
        name=_field(inspected, "Name"),
        driver=_field(inspected, "Driver"),
        platform=platforms.split(",")[0].strip(" *"),
        buildx=words[1] if len(words) > 1 else "",
    )


def _field(text: str, name: str) -> str:
    match = re.search(rf"^{name}:[ \t]*(.*)$", text, re.MULTILINE)
    return match[1].strip() if match else ""


def _problem(exit_code: int, inspected: str) -> str:
    if exit_code:
        return inspected.strip()
    # An engine that doesn't answer is no failure of `inspect`: it prints the error among the node's fields.
    # Of several nodes one is enough.
    errors = re.findall(r"^Error:[ \t]*(.*)$", inspected, re.MULTILINE)
    nodes = re.findall(r"^Endpoint:", inspected, re.MULTILINE)
    return str(errors[0]).strip() if errors and len(errors) >= len(nodes) else ""


def _unreachable(problem: str, environment: Mapping[str, str]) -> ActionError:
    where = environment.get("DOCKER_HOST") or "the local socket, /var/run/docker.sock"
    if "permission denied" in problem:
        return ActionError(
            "The Docker engine's socket is closed to this user",
            problem,
            "Add the user that runs the runner to the group docker (`usermod -aG docker USER`) and "
            "restart the runner's service.",
        )
    return ActionError(
        "No Docker engine answers",
        f"{problem} (looked at {where}).",
        "Start it (`systemctl enable --now docker`), or set DOCKER_HOST. On Kubernetes-mode runners "
        "there is none: use a remote builder (docker/setup-buildx-action with `driver: remote`).",
    )

"""act's command line: all is said, so that no file of the repository or of the user's home is a setting.

https://nektosact.com/usage/index.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testbed.act.layout import Layout
from testbed.simulator.config import Config

THE_MACHINE_ITSELF = "-self-hosted"
NOTHING = "/dev/null"


@dataclass(frozen=True, kw_only=True)
class Request:
    """`image` runs jobs in a container of it instead of on the machine itself."""

    program: str
    workflow: Path
    labels: Iterable[str]
    image: str = ""
    repositories: Mapping[str, Path] = field(default_factory=dict)  # OWNER/REPO@REF -> its files


def argv(config: Config, layout: Layout, request: Request) -> list[str]:
    """Secrets and variables are in files: an argv is for everyone to read."""
    files = {"eventpath": "event.json", "env-file": "environment.yml"}
    files |= {"secret-file": "secrets.yml", "var-file": "variables.yml"}
    options = [
        "--json",
        "--verbose",  # or it would not tell which steps it skips
        f"--workflows={request.workflow}",
        f"--directory={layout.repository}",
        *(f"--{option}={layout.setting(name)}" for option, name in files.items()),
        f"--input-file={NOTHING}",
        f"--actor={config.actor}",
        f"--action-cache-path={layout.cache}",
        f"--container-options={_mounts(config, layout)}",
        "--concurrent-jobs=1",  # a runner does one at a time
        "--use-gitignore=false",  # or what is committed and ignored would be missing
        "--pull=false",
        "--rm",
        "--no-cache-server",
    ]
    where = request.image or THE_MACHINE_ITSELF
    options += [f"--platform={label}={where}" for label in sorted(request.labels)]
    options += [f"--local-repository={name}={path}" for name, path in sorted(request.repositories.items())]
    options += [f"--job={config.job}"] if config.job else []
    return [request.program, config.event_name, *options]


def _mounts(config: Config, layout: Layout) -> str:
    """A container action is told paths of the machine, for GITHUB_OUTPUT and the rest: they are put there."""
    shared = [f"{layout.cache}:{layout.cache}"]
    authority = (config.token_service or {}).get("ca_file")
    shared += [f"{authority}:{authority}:ro"] if authority else []
    return " ".join(f"--volume={one}" for one in shared)


def environment(config: Config) -> dict[str, str]:
    """What act has no option for; these win over a workflow's `env:`, as GitHub's own names do."""
    return {
        "GITHUB_REPOSITORY": config.repository,
        "GITHUB_REF": config.ref,
        "SHA_REF": config.sha,
        "GITHUB_RUN_ID": config.run_id,
        "GITHUB_RUN_NUMBER": config.run_number,
        "GITHUB_RUN_ATTEMPT": config.run_attempt,
        "RUNNER_NAME": config.runner_name,
        "RUNNER_ENVIRONMENT": "self-hosted",
    }

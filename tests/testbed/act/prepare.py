"""What act finds on the machine: the commit in a repository, the event, secrets and variables in files."""

import json
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testbed.act import command, tokens
from testbed.act.layout import Layout
from testbed.act.tokens import Pairs
from testbed.simulator.config import Config
from testbed.simulator.errors import WorkflowError


def check_out(config: Config, layout: Layout) -> None:
    """Make the run's folders, with the commit in one."""
    for folder in (layout.repository, layout.cache, layout.setting("")):
        folder.mkdir(parents=True)
    layout.root.chmod(0o700)
    _check_out(config, layout.repository)


def write_settings(config: Config, layout: Layout, pairs: Pairs, workflows: list[Any]) -> None:
    """Raises WorkflowError for what act can't be told."""
    asking = tokens.environment(pairs, workflows)
    _write(layout.setting("event.json"), _event(config))
    _write(layout.setting("environment.yml"), {**command.environment(config), **asking})
    _write(layout.setting("variables.yml"), merged(config, "variables"))
    own = {"GITHUB_TOKEN": f"ghs_{secrets.token_hex(18)}"}
    # act masks the values of secrets.
    masked = {f"ID_TOKEN_REQUEST_{number}": token for number, (_, token) in enumerate(pairs.values())}
    _write(layout.setting("secrets.yml"), {**merged(config, "secrets"), **own, **masked})


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The bare repositories belong to another user; safe.directory counts in a file of the user's alone."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": "1"}
    env |= {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    return subprocess.run(["git", *arguments], env=env, capture_output=True, check=False)


def _check_out(config: Config, target: Path) -> None:
    """As a clone of the branch looks: act takes the commit from its HEAD."""
    source = config.github / f"{config.repository}.git"
    branch = ["-B", config.ref.removeprefix("refs/heads/")] if config.ref.startswith("refs/heads/") else []
    for arguments in (
        ["init", "--quiet", str(target)],
        ["-C", str(target), "remote", "add", "origin", f"https://github.com/{config.repository}"],
        ["-C", str(target), "fetch", "--quiet", "--no-tags", f"file://{source}", config.sha],
        ["-C", str(target), "checkout", "--quiet", "--force", *(branch or ["--detach"]), "FETCH_HEAD"],
    ):
        done = git(*arguments)
        if done.returncode:
            raise OSError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")


def _event(config: Config) -> dict[str, Any]:
    return {**config.event, "inputs": dict(config.inputs)} if config.inputs else config.event


def merged(config: Config, kind: str) -> dict[str, str]:
    """act has no environments: what the environments have is for all jobs, unless they disagree."""
    found: dict[str, str] = dict(getattr(config, kind))
    owners = dict.fromkeys(found, "the repository")
    for environment, settings in config.environments.items():
        for name, value in settings.get(kind, {}).items():
            if found.setdefault(name, value) != value:
                raise WorkflowError(
                    f"act knows no environments, and {name} is something else in {environment}"
                    f" than in {owners[name]}: run the workflow on the simulator"
                )
            owners.setdefault(name, environment)
    return found


def _write(file: Path, content: Mapping[str, Any]) -> None:
    """JSON, which is YAML too: act reads files named .yml as one mapping."""
    file.touch(mode=0o600)
    file.write_text(json.dumps(content))

"""The environment of a step's process.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
"""

import os
import platform
from collections.abc import Mapping

from . import github_context
from .config import Config
from .state import Folders, Frame, JobState

# A service's environment, not that of whoever started the testbed: proxies, CA files and tokens stay outside.
HOST_ALLOWED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR")
ARCHITECTURES = {"x86_64": "X64", "aarch64": "ARM64", "armv7l": "ARM"}


def host_environment(config: Config) -> dict[str, str]:
    if config.environment is not None:
        return dict(config.environment)
    return {name: os.environ[name] for name in HOST_ALLOWED if name in os.environ}


def runner_context(config: Config, folders: Folders) -> dict[str, str]:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#runner-context"""
    context = {
        "os": "Linux",
        "arch": ARCHITECTURES.get(platform.machine(), "X64"),
        "name": config.runner_name,
        "environment": "self-hosted",
        "tool_cache": str(folders.tools),
        "temp": str(folders.temp),
        "workspace": str(folders.workspace.parent),
    }
    return {**context, "debug": "1"} if config.debug else context


def runner_variables(frame: Frame) -> dict[str, str]:
    """GITHUB_*, RUNNER_* and the ID token's request: these overwrite what a workflow gave the same name."""
    runner = {f"RUNNER_{name.upper()}": value for name, value in frame.job.contexts["runner"].items()}
    return {**github_context.environment(frame.github), **runner, **frame.job.tokens}


def process_environment(job: JobState, added: Mapping[str, str]) -> dict[str, str]:
    env = {**job.host_environment, **added, "GITHUB_ACTIONS": "true"}
    env.setdefault("CI", "true")
    if job.path:
        env["PATH"] = ":".join([*reversed(job.path), env.get("PATH", "")])
    return env

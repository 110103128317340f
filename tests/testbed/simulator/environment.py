"""The environment of a step's process.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
"""

import os
import platform
from collections.abc import Mapping
from urllib.parse import urlsplit

from . import github_context
from .config import Config
from .state import Folders, Frame, JobState

# A service's environment, not that of whoever started the testbed: proxies, CA files and tokens stay outside.
HOST_ALLOWED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR")
PROXY_URLS = ("http_proxy", "https_proxy")
ARCHITECTURES = {"x86_64": "X64", "aarch64": "ARM64", "armv7l": "ARM"}


def host_environment(config: Config) -> dict[str, str]:
    if config.environment is not None:
        return dict(config.environment)
    own = {name: os.environ[name] for name in HOST_ALLOWED if name in os.environ}
    return {**own, **of_env_file(config)}


def of_env_file(config: Config) -> dict[str, str]:
    """What .env sets for the runner, its own requests included, and for its jobs."""
    if config.env_file is None or not config.env_file.exists():
        return {}
    found = env_file(config.env_file.read_text())
    return {**found, **proxies(found)}


def env_file(text: str) -> dict[str, str]:
    """https://github.com/actions/runner/blob/main/src/Runner.Listener/Program.cs (LoadAndSetEnv)"""
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, equals, value in pairs if name and equals and value}


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """http_proxy, https_proxy, no_proxy in both spellings; the small one wins. No proxy, no exceptions.

    .NET writes a URL with its path: http://10.0.0.1:3128/.
    https://github.com/actions/runner/blob/main/src/Runner.Sdk/RunnerWebProxy.cs
    """
    values = {name: environment.get(name) or environment.get(name.upper()) for name in PROXY_URLS}
    found = {name: _absolute(url.strip()) for name, url in values.items() if url and url.strip()}
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY")
    if found and exceptions:
        found["no_proxy"] = exceptions
    return {spelled: value for name, value in found.items() for spelled in (name.upper(), name)}


def _absolute(url: str) -> str:
    return url if urlsplit(url).path else f"{url}/"


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

"""The Docker configuration of this build alone, grown from the user's."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actionkit.errors import ActionError

HELPER = "eks-actions-ecr"


@dataclass(frozen=True, kw_only=True)
class UserConfig:
    """The user's configuration folder, and what its config.json says."""

    folder: Path
    content: Mapping[str, Any]

    def knows(self, host: str) -> bool:
        """Whether it has credentials, or a helper of its own, for `host`."""
        sections = (self.content.get(name) or {} for name in ("auths", "credHelpers"))
        return any(_host(key) == host for section in sections for key in section)


def read(environ: Mapping[str, str]) -> UserConfig:
    """The configuration that docker would use here: DOCKER_CONFIG, else ~/.docker.

    https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties
    """
    home = environ.get("HOME")
    folder = Path(environ.get("DOCKER_CONFIG") or (f"{home}/.docker" if home else ".docker"))
    file = folder / "config.json"
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError:
        content = {}
    except (OSError, ValueError) as error:
        raise ActionError(
            "Docker's configuration can't be read",
            f"{file}: {error}",
            "Correct the file, or set DOCKER_CONFIG to a folder without it.",
        ) from error
    if not isinstance(content, dict):
        raise ActionError("Docker's configuration can't be read", f"{file} holds no JSON object")
    return UserConfig(folder=folder, content=content)


def grown(user: UserConfig, hosts: Iterable[str]) -> dict[str, Any]:
    """The user's configuration, with our helper for the registries `hosts`.

    Everything else stays: other registries' credentials, proxies, plugins' options. A registry of ours
    loses its entry in `auths`: a password that an earlier step left there may have expired, and is another
    principal's.
    """
    content = dict(user.content)
    ours = tuple(hosts)
    auths = content.get("auths") or {}
    content["auths"] = {key: value for key, value in auths.items() if _host(key) not in ours}
    content["credHelpers"] = {**(content.get("credHelpers") or {}), **dict.fromkeys(ours, HELPER)}
    # The CLI looks for plugins beside config.json, which is about to be elsewhere.
    plugins = [*(content.get("cliPluginsExtraDirs") or []), str(user.folder / "cli-plugins")]
    content["cliPluginsExtraDirs"] = list(dict.fromkeys(plugins))
    return content


def write(folder: Path, user: UserConfig, hosts: Iterable[str]) -> dict[str, str]:
    """Make the configuration in the new folder `folder`; gives the variables that make docker use it."""
    folder.mkdir(mode=0o700)
    file = folder / "config.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(grown(user, hosts)))
    # Contexts are a store of files, named by `currentContext` or DOCKER_CONTEXT.
    contexts = user.folder / "contexts"
    if contexts.is_dir():
        (folder / "contexts").symlink_to(contexts.resolve())
    builders = user.folder / "buildx"
    environment = {"DOCKER_CONFIG": str(folder)}
    if builders.is_dir():
        environment["BUILDX_CONFIG"] = str(builders.resolve())
    return environment


def _host(key: str) -> str:
    """The host of a key in `auths`, which may be an address."""
    return key.partition("://")[2].partition("/")[0] if "://" in key else key

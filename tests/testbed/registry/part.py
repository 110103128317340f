"""The registry as a part of the testbed: base images in its storage, and the unit that serves it."""

import json
import shutil
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from testbed import net, paths, units
from testbed.errors import TestbedError
from testbed.images import store
from testbed.organisation import Organisation
from testbed.registry import storage

UNIT = "registry"
NETNS = "ea-aws"
ADDRESS = ("127.0.0.1", 5000)
URL = f"http://{ADDRESS[0]}:{ADDRESS[1]}"


def prepare(org: Organisation) -> None:
    """Build the base images if need be, and lay them into the registry's storage."""
    del org
    if not shutil.which("docker-registry", path=units.CLEAN_PATH):
        raise TestbedError(
            "docker-registry is not installed", "`apt-get install docker-registry` (Debian, Ubuntu)."
        )
    storage.seed(root(), store.ensure())


def start(org: Organisation) -> None:
    del org
    config = paths.state() / "registry.json"
    config.write_text(json.dumps(configuration(root()), indent=2))
    units.start(
        units.Unit(
            name=UNIT,
            argv=["docker-registry", "serve", str(config)],
            netns=NETNS,
            env={"OTEL_TRACES_EXPORTER": "none"},
            ready=_answers,
        )
    )


def stop() -> None:
    units.stop(UNIT)


def root() -> Path:
    return paths.state() / "registry"


def configuration(directory: Path) -> dict[str, object]:
    """distribution's configuration (JSON is YAML). Locations are relative: the front makes them its own.

    https://distribution.github.io/distribution/about/configuration/
    """
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(directory)},
            "delete": {"enabled": True},
            "cache": {"blobdescriptor": "inmemory"},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": f"{ADDRESS[0]}:{ADDRESS[1]}", "relativeurls": True, "secret": "of-a-testbed"},
    }


def _answers() -> bool:
    try:
        connection = HTTPConnection(*ADDRESS, timeout=2)
        connection.sock = net.connect(NETNS, *ADDRESS)
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False

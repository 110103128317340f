"""Run a command on one of the testbed's hosts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from testbed import net, paths
from testbed.cluster import mounts
from testbed.errors import TestbedError
from testbed.units import CLEAN_PATH

KEPT = ("TERM", "EKS_ACTIONS_TESTBED", "PYTHONPATH")


def run(host: str, argv: Sequence[str]) -> int:
    """Run argv in the host's network, with its resolver and the machine's files; returns its exit status."""
    facts = net.recorded().get(host)
    if facts is None or not net.exists(facts["netns"]):
        known = ", ".join(net.recorded()) or "none: `./testbed up` makes them"
        raise TestbedError(f"there is no host {host!r}", f"Hosts: {known}.")
    setup = "\n".join(["set -eu", mounts.resolver(paths.resolver(facts["vpc"])), 'exec "$@"'])
    enter = ["nsenter", f"--net=/run/netns/{facts['netns']}", "unshare", "--mount"]
    with tempfile.TemporaryDirectory(prefix="eks-actions-home-") as home:
        done = subprocess.run(
            [*enter, "/bin/sh", "-c", setup, "sh", *argv], env=environment(Path(home)), check=False
        )
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def environment(home: Path) -> dict[str, str]:
    """A clean one: no settings, trust or credentials of the machine, the testbed's CA alone."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        "PATH": f"{Path(sys.executable).parent}:{CLEAN_PATH}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_CA_BUNDLE": str(paths.bundle()),
        "SSL_CERT_FILE": str(paths.bundle()),
        "XDG_CACHE_HOME": str(paths.cache().parent),  # HOME is another: the cache isn't
        **kept,
    }

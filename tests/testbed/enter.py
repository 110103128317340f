"""Run a command on one of the testbed's hosts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from testbed import net, paths
from testbed.cluster import mounts
from testbed.errors import TestbedError
from testbed.runner_host.machine import Machine
from testbed.units import CLEAN_PATH

RUNNER = "runner-"
KEPT = ("TERM", "EKS_ACTIONS_TESTBED", "PYTHONPATH")


def run(host: str, argv: Sequence[str]) -> int:
    """Run argv on the host, as root; returns its exit status.

    A runner is a machine with files of its own. The other hosts have this machine's files, and their own
    network, resolver and environment.
    """
    there = facts(host)
    with tempfile.TemporaryDirectory(prefix="eks-actions-home-") as home:
        if host.startswith(RUNNER):
            done = Machine(host.removeprefix(RUNNER)).run(argv, user="root")
        else:
            done = subprocess.run(command(there, argv), env=environment(Path(home), host), check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def facts(host: str) -> dict[str, str]:
    """The host's entry of hosts.json."""
    there = net.recorded()
    found = there.get(host)
    if found is None or not net.exists(found["netns"]):
        known = ", ".join(("runner", *there)) if there else "none: `./testbed up` makes them"
        raise TestbedError(f"there is no host {host!r}", f"Hosts: {known}.")
    return found


def command(facts: Mapping[str, str], argv: Sequence[str]) -> list[str]:
    """The argv that enters the host that `facts`, an entry of hosts.json, describes."""
    setup = "\n".join(["set -eu", mounts.resolver(paths.resolver(facts["vpc"])), 'exec "$@"'])
    enter = ["nsenter", f"--net=/run/netns/{facts['netns']}", "unshare", "--mount"]
    return [*enter, "/bin/sh", "-c", setup, "sh", *argv]


def environment(home: Path, host: str = "") -> dict[str, str]:
    """A clean one: no settings, trust or credentials of the machine, the testbed's CA alone.

    On a cluster's host its programs are on PATH, and kubectl is its administrator's.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    path, kubeconfig = f"{Path(sys.executable).parent}:{CLEAN_PATH}", paths.cluster(host) / "kubeconfig"
    if host and kubeconfig.exists():
        kept |= {"KUBECONFIG": str(kubeconfig)}
        path = f"{paths.cluster(host) / 'bin'}:{path}"
    return {
        "PATH": path,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_CA_BUNDLE": str(paths.bundle()),
        "SSL_CERT_FILE": str(paths.bundle()),
        "XDG_CACHE_HOME": str(paths.cache().parent),  # HOME is another: the cache isn't
        **kept,
    }

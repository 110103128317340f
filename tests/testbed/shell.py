"""An interactive shell on a host: `./testbed shell runner`, `dev`, `prod`…"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import join

from testbed import enter, net, organisation, topology, units
from testbed.errors import TestbedError
from testbed.runner_host import kinds, layout, machine
from testbed.units import CLEAN_PATH

RUNNER = "runner"


def shell(host: str) -> int:
    """Returns the shell's exit status.

    `runner` is the default runner, as the user `runner`, as a job is; any runner's name will do as well. A
    cluster's name gives its node, as root, with kubectl as administrator; other hosts are as for `exec`.
    """
    if not net.whole("router", topology.ROUTER):
        raise TestbedError("the testbed is not up", "`./testbed up` starts it.")
    org = organisation.load()
    name = host_named(host).removeprefix(enter.RUNNER)
    if name in {*org.runners, *kinds.KINDS}:
        inside = kinds.machine(org, name)
        env = {"SHELL": "/bin/bash", "AWS_CA_BUNDLE": str(layout.CA)}
        return _run(inside.command(on_terminal(["bash", "--login"])), machine.environment(RUNNER, env))
    with tempfile.TemporaryDirectory(prefix="eks-actions-home-") as home:
        env = {**enter.environment(Path(home), host), "SHELL": "/bin/bash"}
        # By env(1): the shell that script(1) begins with isn't interactive, and drops it.
        argv = on_terminal(["env", rf"PS1=\u@{host}:\w\$ ", "bash", "--norc"])
        if host in org.clusters:
            return _run([*_node(host), *argv], env)
        return _run(enter.command(enter.facts(host), argv), env)


def host_named(name: str) -> str:
    """`runner` and a runner's name as the host that the runner is on; any other name is a host's."""
    org = organisation.load()
    runner = org.default_runner.name if name == RUNNER else name
    return f"{enter.RUNNER}{runner}" if runner in {*org.runners, *kinds.KINDS} else name


def on_terminal(argv: Sequence[str]) -> list[str]:
    """The argv with a terminal of the host's own, if there is one here: else no job control, no `tty` there.

    script(1) passes keys, window sizes and the exit status on.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return list(argv)
    return ["script", "--quiet", "--return", "--command", f"exec {join(argv)}", "/dev/null"]


def _node(cluster: str) -> list[str]:
    """Enter the namespaces that the node's programs have: its processes, sockets and mounts."""
    pid = units.first_process(f"cluster-{cluster}")
    if pid is None:
        raise TestbedError(f"the cluster {cluster} is not running", "`./testbed up` starts it.")
    return ["nsenter", f"--target={pid}", "--mount", "--net", "--pid", "--"]


def _run(argv: Sequence[str], env: Mapping[str, str]) -> int:
    done = subprocess.run(argv, env={"PATH": CLEAN_PATH, **env}, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode

"""Where a runner's machine has its things: outside on this machine, and inside. Pure."""

from dataclasses import dataclass
from pathlib import Path

from testbed import paths
from testbed.cluster import cgroups
from testbed.organisation import RunnerHost
from testbed.topology import resolver

RUNNER = Path("/opt/actions-runner")
# What the runner program imports: the simulator, and PyYAML, on the machine's own Python.
LIBRARIES = RUNNER / "lib"
# Where its bytecode is: the libraries can't be written to, and compiling them takes most of a small run.
BYTECODE = RUNNER / "bytecode"
WORK = RUNNER / "_work"
EXTERNALS = RUNNER / "externals"  # a real runner has Node there, for job containers
CA = RUNNER / "ca.crt"
ENV_FILE = RUNNER / ".env"
JOB_STARTED_HOOK = RUNNER / "hooks/job-started.sh"
INIT = Path("/usr/local/sbin/machine-init")
ENGINE_CONFIG = Path("/etc/docker/daemon.json")
SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
# Shared folders: name below the state directory -> place in the machine, and whether jobs may write there.
SHARED = {"github": ("/srv/github", False), "actions": ("/srv/actions", False), "runs": ("/srv/runs", True)}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One machine. `directory` is deleted by `down`; `disk` (changes to the root) at each start.

    engine: whether Docker is installed.
    containerd_store: whether it keeps its images in containerd, as new installations of Docker 29 do;
    only so can the engine's own builder attest, export caches, and make images for several platforms.
    proxy: the URL of the HTTP proxy that runner and engine are told of, but for the hosts of `no_proxy`.
    """

    name: str
    hostname: str
    address: str
    resolver: str
    netns: str
    engine: bool = True
    containerd_store: bool = False
    proxy: str = ""
    no_proxy: tuple[str, ...] = ()

    @classmethod
    def of(cls, runner: RunnerHost) -> "Layout":
        return cls(
            name=runner.name,
            hostname=f"ip-{str(runner.address).replace('.', '-')}",
            address=str(runner.address),
            resolver=str(resolver(runner.account.vpc)),
            netns=f"ea-runner-{runner.name}",
        )

    @property
    def unit(self) -> str:
        return unit_name(self.name)

    @property
    def cgroup(self) -> str:
        return cgroups.branch(self.unit)

    @property
    def directory(self) -> Path:
        return paths.runner(self.name)

    @property
    def disk(self) -> Path:
        return self.directory / "disk"

    @property
    def upper(self) -> Path:
        return self.disk / "upper"

    @property
    def credential(self) -> Path:
        """What the runner program shows to GitHub's services; not for jobs."""
        return self.directory / "credential"

    @property
    def docker(self) -> Path:
        """The engine's data: on this machine's file system, as overlay2 needs it; kept until `down`."""
        return self.directory / "docker"


def unit_name(runner: str) -> str:
    return f"runner-{runner}"

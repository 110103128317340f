"""Where a secret of a job may not turn up, and a search of all those places.

The secrets are the real ones: every key, session token, ID token, request token and registry password that
the testbed's AWS and GitHub handed out (GET /secrets on the control socket).
"""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from testbed import paths, processes
from testbed.aws.control_client import ControlClient
from testbed.run import RunResult
from testbed.runner_host.machine import Machine

# How a token for a cluster begins: a signed URL in base64, made in the job, so that nobody handed it out.
CLUSTER_TOKEN = "k8s-aws-v1.aHR0c"

# The runner gives a container action the job's environment (`docker run -e`), and the engine writes that
# into its own database, which root alone can read. See SECURITY.md, what the actions can't promise.
ENGINES_OWN = "/containerd/daemon/io.containerd.metadata.v1.bolt/meta.db"
# By which a file's times may lag behind the clock: the kernel takes them from its timer interrupt.
CLOCK_TICK_SECONDS = 0.02


def handed_out() -> set[str]:
    return {*ControlClient(paths.state()).get("/secrets"), CLUSTER_TOKEN}


def in_text(places: dict[str, str], secrets: Iterable[str]) -> list[str]:
    """The places that show a secret; never the secret itself."""
    wanted = list(secrets)
    return [place for place, text in places.items() if any(secret in text for secret in wanted)]


def shown(result: RunResult) -> dict[str, str]:
    """All that a run shows to people: logs, summaries, annotations, outputs."""
    places = {f"log of {job.id}": job.log for job in result.jobs.values()}
    for job in result.jobs.values():
        places[f"outputs of {job.id}"] = "\n".join(job.outputs.values())
        for step in job.steps:
            places[f"summary of {job.id}/{step.name}"] = step.summary
            places[f"outputs of {job.id}/{step.name}"] = "\n".join(step.outputs.values())
            places[f"annotations of {job.id}/{step.name}"] = "\n".join(
                a.message + a.title for a in step.annotations
            )
    return places


def in_files(secrets: Iterable[str], machine: Machine, since: float) -> set[str]:
    """Files on the runner's disk, image layers and build cache included, that hold a secret.

    since: seconds since the epoch. A file whose inode hasn't changed from then on can't hold what a job
    after that wrote, and the time of that change (ctime) is one that no job can set.
    """
    folders = [paths.runner(machine.name) / "disk", paths.runner(machine.name) / "docker"]
    changed = _changed(folders, since - CLOCK_TICK_SECONDS)
    return {file for file in _grep(secrets, changed) if not file.endswith(ENGINES_OWN)}


def _changed(folders: list[Path], since: float) -> bytes:
    """The names of the files, each ended by a NUL."""
    there = [str(folder) for folder in folders if folder.exists()]
    find = ["find", *there, "-type", "f", "-newerct", f"@{since:.3f}", "-print0"]
    # A file that goes while it is looked for makes find fail; it has left nothing.
    return subprocess.run(find, capture_output=True, check=False).stdout


def _grep(secrets: Iterable[str], files: bytes) -> set[str]:
    with tempfile.NamedTemporaryFile("w") as patterns:
        patterns.write("\n".join(secrets))
        patterns.flush()
        grep = ["grep", "--files-with-matches", "--text", "--fixed-strings", f"--file={patterns.name}"]
        done = subprocess.run(
            ["xargs", "--null", "--no-run-if-empty", *grep, "--"],
            input=files,
            capture_output=True,
            check=False,
        )
    return set(done.stdout.decode().splitlines())


@contextlib.contextmanager
def traced(machine: Machine) -> Iterator[Callable[[], str]]:
    """Trace every execve(2) in the machine, containers too; gives the arguments seen so far."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "execve"
        inode = processes.namespace(machine.pid, "pid")
        inside = [pid for pid in processes.all_pids() if processes.namespace(pid, "pid") == inode]
        # The runner program comes from outside, as a child of ours.
        inside.append(os.getpid())
        argv = [
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=execve",
            "-e",
            "signal=none",
            "-s",
            "65536",
            "-o",
            str(log),
        ]
        strace = subprocess.Popen([*argv, *(f"--attach={pid}" for pid in inside)], stderr=subprocess.PIPE)
        try:
            yield lambda: log.read_text(errors="replace") if log.exists() else ""
        finally:
            strace.terminate()
            strace.wait()

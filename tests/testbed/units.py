"""Units: the testbed's long-running processes, each in namespaces of its own, killed as one."""

import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testbed import paths, processes
from testbed.errors import TestbedError

POLL_SECONDS = 0.05
# The machine's own settings (proxies, CA bundles, AWS_*) never reach what the testbed starts.
CLEAN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One supervised process.

    netns: the network namespace (a name of `ip netns`) that it runs in.
    env: its whole environment, but for PATH, which has a default.
    setup: shell commands run in its new mount namespace before it, as `set -eu` script; mounts end with it.
    ready: polled until true; start() returns only then.
    depends_on: what it reads at its start; if that has changed, start() starts it again.
    """

    name: str
    argv: Sequence[str]
    netns: str
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = Path("/")
    pid_namespace: bool = True
    setup: str = ""
    ready: Callable[[], bool] | None = None
    ready_within: float = 30.0
    depends_on: Sequence[Path] = ()

    @property
    def fingerprint(self) -> str:
        """Another one means that a running unit is out of date."""
        digest = hashlib.sha256(repr((command(self), self.cwd, sorted(self.env.items()))).encode())
        for path in self.depends_on:
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


def start(unit: Unit) -> None:
    """Start the unit if it isn't running as it should, and wait until it is ready."""
    if not up_to_date(unit):
        stop(unit.name)
        _spawn(unit)
    _wait_until_ready(unit)


def up_to_date(unit: Unit) -> bool:
    """It runs, and is what it would be if it were started now."""
    return running(unit.name) is not None and _record(unit.name).get("unit") == unit.fingerprint


def stop(name: str) -> None:
    """End the unit and everything below it; no error if it isn't running."""
    pid = running(name)
    if pid is not None:
        # The child is the first process of the pid namespace: once it is gone, so is all that ran there.
        left = processes.kill([pid, *processes.children(pid)])
        if left:
            raise TestbedError(
                f"unit {name}: process {left[0]} does not die", "Look at it with ps and /proc."
            )
    paths.pid(name).unlink(missing_ok=True)


def running(name: str) -> int | None:
    """The pid of the unit's first process, or None. A pid that belongs to another process by now is none."""
    recorded = _record(name)
    pid, started = int(recorded.get("pid", 0)), recorded.get("started")
    return pid if started and processes.start_time(pid) == started else None


def first_process(name: str) -> int | None:
    """Process 1 of the unit's own pid namespace, as this machine numbers it, or None."""
    outer = running(name)
    inner = processes.children(outer) if outer else []
    return inner[0] if inner else None


def _record(name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(paths.pid(name).read_text())
    except (OSError, ValueError):
        return {}
    return found


def started_at(name: str) -> float:
    """When the unit was started, in seconds of the epoch."""
    return paths.pid(name).stat().st_mtime


def names() -> list[str]:
    """Every unit that was started and not stopped, dead or alive."""
    return sorted(path.stem for path in paths.pid("x").parent.glob("*.pid"))


def log_tail(name: str, lines: int = 5) -> str:
    try:
        text = paths.log(name).read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line[:300]}" for line in text.splitlines()[-lines:])


def command(unit: Unit) -> list[str]:
    """The argv that enters the unit's namespaces and becomes the unit.

    nsenter, not `ip netns exec`, which remounts /sys and so hides the cgroups from a kubelet.
    """
    argv = ["nsenter", f"--net=/run/netns/{unit.netns}", "unshare", "--mount"]
    if unit.pid_namespace:
        argv += ["--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*argv, "/bin/sh", "-c", f'set -eu\n{unit.setup}\nexec "$@"', "sh", *unit.argv]


# It notes its pid and start time before it becomes anything: kill `up` when you like, no unit is unknown.
NOTE_PID = """
read -r stat < /proc/$$/stat
rest=${stat##*) }
set_started() { shift 19; started=$1; }
set_started $rest
printf '{"pid": %s, "started": "%s", "unit": "%s"}' $$ "$started" "$1" > "$0.new"
mv "$0.new" "$0"
shift
exec "$@"
"""


def _spawn(unit: Unit) -> None:
    log, pid_file = paths.log(unit.name), paths.pid(unit.name)
    for path in (log, pid_file):
        path.parent.mkdir(parents=True, exist_ok=True)
    pid_file.unlink(missing_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", NOTE_PID, str(pid_file), unit.fingerprint, *command(unit)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=unit.cwd,
            env={"PATH": CLEAN_PATH, **unit.env},
            start_new_session=True,
        )
    while process.poll() is None and not pid_file.exists():
        time.sleep(0.002)
    process.returncode = 0  # it is to outlive us: Python need not warn that nobody waited for it


def _wait_until_ready(unit: Unit) -> None:
    deadline = time.monotonic() + unit.ready_within
    hint = f"Its output is in {paths.log(unit.name)}"
    while True:
        if running(unit.name) is None:
            raise TestbedError(f"unit {unit.name} ended at once", f"{hint}:\n{log_tail(unit.name)}")
        if unit.ready is None or unit.ready():
            return
        if time.monotonic() > deadline:
            raise TestbedError(
                f"unit {unit.name} is not ready after {unit.ready_within:.0f} s",
                f"{hint}:\n{log_tail(unit.name)}",
            )
        time.sleep(POLL_SECONDS)

"""The logs that there are, and their last lines: `./testbed logs [NAME…] [--follow]`."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from testbed import paths
from testbed.cluster.layout import COMPONENTS
from testbed.errors import TestbedError
from testbed.organisation_file.document import perhaps

RUN = "run"


def known() -> dict[str, Path]:
    """By name: units and components of clusters; run-ID is what a run of a workflow said."""
    logs = sorted(paths.log("x").parent.glob("*.log"), key=lambda path: path.stem)
    found = {path.stem: path for path in logs}
    runs = sorted((paths.state() / "runs").glob("*/runner.log"), key=lambda path: int(path.parent.name))
    return {**found, **{f"{RUN}-{path.parent.name}": path for path in runs}}


def table() -> str:
    """Every log with its size and how long ago something was written."""
    found = known()
    if not found:
        raise TestbedError("there are no logs", "`./testbed up` makes them.")
    now = time.time()
    lines = [f"{'log':<32} {'KiB':>8}  last line"]
    for name, path in found.items():
        stat = path.stat()
        lines.append(f"{name:<32} {stat.st_size / 1024:>8.0f}  {_ago(now - stat.st_mtime)}")
    return "\n".join(
        [
            *lines,
            "",
            "./testbed logs NAME… [--follow]; a cluster's name is all of its logs, `run` the last run",
        ]
    )


def show(names: Sequence[str], lines: int, *, follow: bool) -> int:
    """Their last lines, and with `follow` all that comes, until Ctrl-C."""
    found = known()
    files = [str(file) for name in names for file in _named(name, found)]
    more = ["--follow=name", "--retry"] if follow else []
    try:
        return subprocess.run(["tail", f"--lines={lines}", *more, "--", *files], check=False).returncode
    except KeyboardInterrupt:
        return 0


def _named(name: str, found: dict[str, Path]) -> list[Path]:
    if name == RUN:
        runs = [path for each, path in found.items() if each.startswith(f"{RUN}-")]
        if not runs:
            raise TestbedError("no workflow has been run yet", "`./testbed run WORKFLOW` runs one.")
        return runs[-1:]
    if name in found:
        return [found[name]]
    of_cluster = [f"cluster-{name}", *(f"{name}-{component}" for component in COMPONENTS)]
    if of_cluster[0] in found:
        return [found[each] for each in of_cluster if each in found]
    raise TestbedError(f"there is no log {name!r}{perhaps(name, found)}", "`./testbed logs` shows all.")


def _ago(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(0.0, seconds):.0f} s ago"

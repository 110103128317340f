"""What faults of clusters share: the parameter that names one, its processes, its API once it is healed."""

import time
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, TypeVar

from testbed import organisation, processes, units
from testbed.cluster import part
from testbed.cluster.api import Api, ApiError
from testbed.errors import TestbedError
from testbed.faults.fault import Parameter, Values

WITHIN_SECONDS = 60.0
POLL_SECONDS = 0.05
T = TypeVar("T")


def _cluster(text: str) -> str:
    known = organisation.load().clusters
    if text not in known:
        raise ValueError(f"it is one of {', '.join(known)}")
    return text


CLUSTER = Parameter(name="cluster", text="the cluster's name", default="dev", read=_cluster)


def unit(values: Values) -> list[str]:
    return [unit_name(values["cluster"])]


def unit_name(cluster: str) -> str:
    return f"cluster-{cluster}"


def pids(cluster: str, *components: str) -> list[int]:
    """The components' processes as this machine numbers them; none of those that don't run."""
    outer = units.running(unit_name(cluster))
    first = processes.children(outer)[:1] if outer else []
    return [pid for one in first for pid in processes.children(one) if _program(pid) in components]


def _program(pid: int) -> str:
    try:
        return PurePath(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()).name
    except OSError:
        return ""


def api(values: Values) -> Api:
    return part.api(values["cluster"])


def ask(values: Values, look: Callable[[Api], T]) -> T:
    """What the API server says; TestbedError if it can't be asked, or refuses."""
    try:
        return look(api(values))
    except (OSError, ApiError) as error:
        raise TestbedError(
            f"cluster {values['cluster']}: {error}", "Is another fault in force? ./testbed status"
        ) from None


def wait(until: Callable[[], Any], what: str) -> None:
    """Poll; errors of the API server count as "not yet"."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while not _holds(until):
        if time.monotonic() > deadline:
            raise TestbedError(f"{what}: not within {WITHIN_SECONDS:.0f} s", "See ./testbed status.")
        time.sleep(POLL_SECONDS)


def _holds(until: Callable[[], Any]) -> bool:
    try:
        return bool(until())
    except (OSError, ApiError):
        return False


def remove(values: Values, *objects: str) -> None:
    """Delete these paths; no error if they aren't there, nor if the cluster isn't."""
    client = api(values)
    for path in objects:
        wait(lambda path=path: _deleted(client, path), f"cluster {values['cluster']}: DELETE {path}")  # type: ignore[misc]


def _deleted(client: Api, path: str) -> bool:
    client.delete(path)
    return True

"""When a workload's pods doom it, and for how long a fault must have lasted. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from eks_deploy.manifest import Body
from eks_deploy.pod_failures import SOON, PodFailure, failures
from eks_deploy.readiness.state import condition, told


class Faults:
    """Remembers since when each container has had which fault: some count only after a while."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], float] = {}

    def of(self, pods: Iterable[Body], *, now: float, restarts_count: bool) -> dict[str, list[PodFailure]]:
        """The faults that count now, by pod (a pod without one is in it with an empty list)."""
        counted: dict[str, list[PodFailure]] = {}
        for pod in pods:
            uid = str(pod["metadata"].get("uid"))
            found = failures(pod, restarts_count=restarts_count)
            # Back-off and error alternate while an image can't be pulled: one fault a container, one clock.
            now_faulty = {(uid, failure.container) for failure in found}
            for key in [k for k in self._since if k[0] == uid and k not in now_faulty]:
                del self._since[key]
            counted[str(pod["metadata"]["name"])] = [
                f for f in found if now - self._since.setdefault((uid, f.container), now) >= f.after
            ]
        return counted

    def replicas(self, workload: Body, *, now: float) -> str:
        """Why the controller can't make pods at all (a quota, Pod Security, a webhook), once that has
        lasted.
        """
        failure = condition(workload, "ReplicaFailure")
        key = (str(workload["metadata"].get("uid")), "ReplicaFailure")
        if failure.get("status") != "True":
            self._since.pop(key, None)
            return ""
        return told(failure) if now - self._since.setdefault(key, now) >= SOON else ""


def doomed(kind: str, by_pod: dict[str, list[PodFailure]]) -> list[PodFailure]:
    """The failures that doom the workload: all new pods of a Deployment or ReplicaSet, any pod of the others.

    A Deployment may lose a pod to a bad node and still get there; the others can't go on without each pod.
    """
    bad = [failure for found in by_pod.values() for failure in found]
    if kind in {"Deployment", "ReplicaSet"} and not all(by_pod.values()):
        return []
    return bad

"""When a workload's pods doom it, and for how long a fault must have lasted. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from eks_deploy.manifest import Body
from eks_deploy.pod_failures import AT_ONCE, SOON, PodFailure, failures, well
from eks_deploy.podspecs import dig, pod_spec_path
from eks_deploy.readiness.state import condition, spec_of, status_of, told


class Faults:
    """Remembers since when each container has had which fault: some count only after a while.

    A crash loop is remembered until the container is well: between two crashes it looks as if it ran, and of
    several pods hardly ever all are seen crashing at the same moment.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], float] = {}
        self._lasting: dict[tuple[str, str], PodFailure] = {}

    def of(self, pods: Iterable[Body], *, now: float, restarts_count: bool) -> dict[str, list[PodFailure]]:
        """The faults that count now, by pod (a pod without one is in it with an empty list)."""
        return {
            str(pod["metadata"]["name"]): self._of_pod(pod, now, failures(pod, restarts_count=restarts_count))
            for pod in pods
        }

    def _of_pod(self, pod: Body, now: float, found: list[PodFailure]) -> list[PodFailure]:
        uid = str(pod["metadata"].get("uid"))
        # Back-off and error alternate while an image can't be pulled: one fault a container, one clock.
        faulty = {(uid, failure.container): failure for failure in found}
        for key in [k for k in self._since if k[0] == uid and k not in faulty]:
            del self._since[key]
        for key in [k for k in self._lasting if k[0] == uid]:
            if well(pod, key[1]):
                del self._lasting[key]
        self._lasting |= {key: f for key, f in faulty.items() if f.after == AT_ONCE}
        counted = {key: f for key, f in faulty.items() if now - self._since.setdefault(key, now) >= f.after}
        return list(({k: f for k, f in self._lasting.items() if k[0] == uid} | counted).values())

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


def ready_by_starting(workload: Body) -> bool:
    """Whether a pod of it counts as ready as soon as its containers run: one has no readiness probe."""
    if workload["kind"] not in {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod"}:
        return False
    if status_of(workload).get("phase") == "Succeeded" or spec_of(workload).get("replicas") == 0:
        return False
    pod = dig(workload, pod_spec_path(workload) or ())
    declared = pod.get("containers") if isinstance(pod, dict) else None
    return any(not container.get("readinessProbe") for container in declared or [])

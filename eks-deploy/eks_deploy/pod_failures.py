"""What a pod's containers say that waiting won't cure: krane's rules, and what the kubelet has learnt
since. Pure.

https://github.com/Shopify/krane/blob/main/lib/krane/kubernetes_resource/pod.rb
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eks_deploy.manifest import Body
from eks_deploy.readiness.state import condition, status_of, told

# Seconds that a fault may last before it counts. Zero: it can't heal without a new manifest. Otherwise
# something else
# may still arrive: the Secret that a controller writes, the registry that is back.
AT_ONCE, SOON, LATER = 0.0, 10.0, 30.0

_NO_IMAGE = re.compile(
    r"not found|manifest unknown|denied|forbidden|unauthorized|no basic auth|authorization failed"
    r"|no match for platform|x509",
    re.IGNORECASE,
)
_CACHE = re.compile(r"failed to sync (.*?) cache")
_WAITING = {
    "CrashLoopBackOff": AT_ONCE,
    "InvalidImageName": AT_ONCE,
    "ErrImageNeverPull": AT_ONCE,
    "CreateContainerConfigError": SOON,
    "CreateContainerError": SOON,
    "RunContainerError": SOON,
    "ErrImagePull": LATER,
    "ImagePullBackOff": LATER,
}
# A pod that ended so was moved, not broken: its owner makes another one.
_MOVED = frozenset(
    {"Evicted", "Preempting", "NodeShutdown", "Terminated", "NodeLost", "NodeAffinity", "Shutdown"}
)


@dataclass(frozen=True, kw_only=True)
class PodFailure:
    """`container` is empty when it is about the whole pod; `after` is in seconds."""

    pod: Body
    container: str
    reason: str
    message: str
    after: float

    @property
    def pod_name(self) -> str:
        return str(self.pod["metadata"]["name"])

    @property
    def text(self) -> str:
        what = f"container {self.container}" if self.container else "the pod"
        return f"{what} of {self.pod_name}: {self.reason}" + (f": {self.message}" if self.message else "")


def failures(pod: Body, *, restarts_count: bool = True) -> list[PodFailure]:
    """`restarts_count` is False for the pods of a Job, whose failures have a limit of their own."""
    return list(_failures(pod, restarts_count=restarts_count))


def _failures(pod: Body, *, restarts_count: bool) -> Iterator[PodFailure]:
    status = status_of(pod)
    if status.get("phase") == "Failed" and restarts_count and status.get("reason") not in _MOVED:
        yield PodFailure(
            pod=pod,
            container="",
            reason=str(status.get("reason") or "Failed"),
            message=str(status.get("message") or "a container ended and is not restarted"),
            after=AT_ONCE,
        )
    for container in container_statuses(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
        if reason not in _WAITING or (reason == "CrashLoopBackOff" and not restarts_count):
            continue
        if reason == "CreateContainerConfigError" and _CACHE.search(message):
            continue
        after = _WAITING[reason]
        if after == LATER and _NO_IMAGE.search(message):
            after = AT_ONCE
        if reason == "CrashLoopBackOff":
            message = ended(container) or message
        yield PodFailure(
            pod=pod, container=str(container["name"]), reason=reason, message=message, after=after
        )


def container_statuses(pod: Body) -> list[dict[str, Any]]:
    status = status_of(pod)
    names = ("initContainerStatuses", "containerStatuses")
    return [entry for name in names for entry in status.get(name) or [] if isinstance(entry, dict)]


def well(pod: Body, container: str) -> bool:
    """Whether the container is ready, or has done its work."""
    for status in container_statuses(pod):
        if status.get("name") == container:
            done = ((status.get("state") or {}).get("terminated") or {}).get("exitCode") == 0
            return bool(status.get("ready")) or done
    return False


def ended(container: dict[str, Any]) -> str:
    """How the container's last run ended: `exit code 1 (Error), 3 restarts`."""
    last = (container.get("lastState") or {}).get("terminated") or {}
    if not last:
        return ""
    text = (
        f"exit code {last.get('exitCode')} ({last.get('reason')}), {container.get('restartCount', 0)} "
        "restarts"
    )
    return f"{text}: {last['message'].strip()}" if last.get("message") else text


def missing(pod: Body) -> str:
    """Why a pod that hasn't failed isn't ready yet, in a few words."""
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return f"no node takes it: {told(scheduled)}"
    for container in container_statuses(pod):
        state = container.get("state") or {}
        waiting = state.get("waiting")
        if waiting:
            message = f": {waiting['message']}" if waiting.get("message") else ""
            return f"container {container['name']}: {waiting.get('reason', 'waiting')}{message}"
        if not container.get("ready") and "running" in state:
            return f"container {container['name']} runs, but isn't ready (its readiness probe, if it has one)"
    return told(condition(pod, "Ready")) or str(status_of(pod).get("phase") or "")

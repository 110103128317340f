"""Job and Pod: done means done here, not started (kstatus calls a running Job Current). Pure."""

from __future__ import annotations

from typing import Any

from eks_deploy.manifest import Body
from eks_deploy.readiness.state import (
    State,
    condition,
    count,
    current,
    failed,
    in_progress,
    spec_of,
    status_of,
    told,
)


def job(body: Body) -> State:
    """Current when complete, as flux has it: a migration that still runs isn't deployed."""
    status = status_of(body)
    failure = condition(body, "Failed")
    if failure.get("status") == "True":
        return failed(f"{failure.get('reason')}: {failure.get('message')}")
    if condition(body, "Complete").get("status") == "True":
        return current(f"{count(status, 'succeeded')} completed")
    if spec_of(body).get("suspend"):
        return current("suspended: it isn't waited for")
    if not status.get("startTime"):
        return in_progress("not started yet")
    return in_progress(
        f"{count(status, 'active')} running, {count(status, 'succeeded')} succeeded, "
        f"{count(status, 'failed')} failed"
    )


def pod(body: Body) -> State:
    """A bare pod. Why a container waits is judged with all other pods, in pod_failures."""
    status = status_of(body)
    phase = status.get("phase")
    if phase == "Succeeded":
        return current("completed")
    if phase == "Failed":
        return failed(_why_failed(status))
    if condition(body, "Ready").get("status") == "True":
        return current("ready")
    scheduled = condition(body, "PodScheduled")
    if scheduled.get("reason") == "Unschedulable":
        return in_progress(f"no node takes it: {told(scheduled)}")
    return in_progress(told(condition(body, "Ready")) or str(phase or "not seen yet"))


def _why_failed(status: dict[str, Any]) -> str:
    if status.get("reason") or status.get("message"):
        return f"{status.get('reason', 'Failed')}: {status.get('message', '')}"
    for container in status.get("containerStatuses") or []:
        ended = (container.get("state") or {}).get("terminated") or {}
        if ended.get("exitCode"):
            return (
                f"container {container.get('name')} exited with {ended['exitCode']} ({ended.get('reason')})"
            )
    return "the pod failed"

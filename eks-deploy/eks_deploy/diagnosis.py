"""What a person would look up next about a workload that doesn't come up: reasons, events, logs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from eks_deploy import pods as pods_of
from eks_deploy.api import Api, Call, Refused, Unreachable
from eks_deploy.manifest import Body
from eks_deploy.pod_failures import PodFailure, container_statuses, failures, missing
from eks_deploy.readiness.state import Status
from eks_deploy.wait import Watched

LOG_LINES = 25
_PODS_SHOWN = 2
_EVENTS_SHOWN = 6
# What happens in every start says nothing about a failed one.
_ORDINARY = frozenset({"Started", "Created", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled"})
# The kubelet's answer, with status 200, when a container was collected between its status and its log:
# https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/kubelet/kuberuntime/kuberuntime_container.go
_GONE = "unable to retrieve container logs for"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """`reasons` of pods and `events`, a line each; `logs` by title."""

    label: str
    what: str
    reasons: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)


def diagnose(api: Api, one: Watched) -> Diagnosis:
    """Reads pods' logs and events; what may not be read is left out, a diagnosis never fails."""
    if not one.pods and pods_of.has_pods(one.live):
        # It had failed before anybody looked at its pods: a Job of an earlier run, say.
        with suppress(Refused, Unreachable):
            one.pods = pods_of.of(api, one.live)
    faulty = _faulty(one)
    diagnosis = Diagnosis(label=one.label, what=one.state.message or one.state.status.value)
    for pod in faulty[:_PODS_SHOWN]:
        found = [f.text for f in failures(pod)]
        diagnosis.reasons.extend(found or [f"{pod['metadata']['name']}: {missing(pod)}"])
        diagnosis.events.extend(_events(api, pod))
        diagnosis.logs.update(_logs(api, pod))
    if not faulty and one.state.status is not Status.NOT_FOUND:
        diagnosis.events.extend(_events(api, one.live))
    return diagnosis


def _faulty(one: Watched) -> list[Body]:
    """The pods to look at: those that doomed it, else those that aren't ready; each way of failing once."""
    doomed = {f.pod_name: f.pod for f in one.failures}
    if doomed:
        kinds: dict[tuple[str, str], PodFailure] = {}
        for failure in one.failures:
            kinds.setdefault((failure.container, failure.reason), failure)
        return [failure.pod for failure in kinds.values()]
    return [
        pod for pod in one.pods if any(not c.get("ready") for c in container_statuses(pod)) or missing(pod)
    ]


def _events(api: Api, about: Body) -> list[str]:
    metadata = about["metadata"]
    namespace = metadata.get("namespace") or "default"
    try:
        found = api.get(
            f"/api/v1/namespaces/{namespace}/events",
            "read events",
            fieldSelector=f"involvedObject.uid={metadata.get('uid')}",
        )
    except (Refused, Unreachable):
        return []
    events = [e for e in found.get("items") or [] if e.get("reason") not in _ORDINARY]
    events.sort(key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))
    return [_event(event, str(metadata["name"])) for event in events[-_EVENTS_SHOWN:]]


def _event(event: dict[str, Any], name: str) -> str:
    count = int(event.get("count") or 1)
    times = f" ({count} times)" if count > 1 else ""
    return f"{name}: {event.get('reason')}{times}: {' '.join(str(event.get('message')).split())}"


def _logs(api: Api, pod: Body) -> dict[str, str]:
    """The last lines of each container that isn't well: of the run that ended, and of the present one."""
    found: dict[str, str] = {}
    for status in container_statuses(pod):
        state = status.get("state") or {}
        done = (state.get("terminated") or {}).get("exitCode") == 0
        if status.get("ready") or done or not (status.get("restartCount") or "waiting" not in state):
            continue
        name = str(status["name"])
        for previous in (True, False):
            if (previous and not status.get("restartCount")) or (
                not previous and found.get(_title(pod, name, True))
            ):
                continue
            text = _log(api, pod, name, previous=previous)
            if text:
                found[_title(pod, name, previous)] = text
    return found


def _title(pod: Body, container: str, previous: bool) -> str:
    run = "the run that ended" if previous else "now"
    return f"Log of {pod['metadata']['name']}, container {container} ({run})"


def _log(api: Api, pod: Body, container: str, *, previous: bool) -> str:
    metadata = pod["metadata"]
    query: dict[str, str | int] = {"container": container, "tailLines": LOG_LINES, "limitBytes": 32768}
    if previous:
        query["previous"] = "true"
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/log"
    try:
        call = Call(method="GET", path=path, what="read a log", query=query, accept="*/*")
        text = api.send(call).text.rstrip()
        return "" if text.lower().startswith(_GONE) else text
    except Refused as error:
        # The run before the last one is often gone already; the present one should be readable.
        return "" if previous else f"(can't be read: {error.message})"
    except Unreachable as error:
        return f"(can't be read: {error.cause})"

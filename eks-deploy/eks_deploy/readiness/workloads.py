"""Deployment, StatefulSet, DaemonSet, ReplicaSet: kstatus's rules, in its order. Pure."""

from __future__ import annotations

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

# "No deadline": kubectl and kstatus read the largest int32 so.
_NO_DEADLINE = 2**31 - 1


def deployment(body: Body) -> State:
    progressing = condition(body, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(f"{told(progressing)} (progressDeadlineSeconds: {_deadline(body)})")
    spec, status = spec_of(body), status_of(body)
    if spec.get("paused"):
        return current("paused: its rollout isn't waited for")
    wanted = count(spec, "replicas", 1)
    total, updated = count(status, "replicas"), count(status, "updatedReplicas")
    available, ready = count(status, "availableReplicas"), count(status, "readyReplicas")
    rules = (
        (wanted > total, f"{total} of {wanted} pods exist"),
        (wanted > updated, f"{updated} of {wanted} pods are of the new revision"),
        (total > wanted, f"{total - wanted} pods of the old revision still to end"),
        (updated > available, f"{available} of {updated} new pods are available"),
        (wanted > ready, f"{ready} of {wanted} pods are ready"),
        (not _rolled_out(body), "the new ReplicaSet isn't available yet"),
        (condition(body, "Available").get("status") != "True", "not available yet"),
    )
    return _first(rules, f"{ready} of {wanted} ready")


def _rolled_out(body: Body) -> bool:
    if _deadline(body) == _NO_DEADLINE:
        return True
    progressing = condition(body, "Progressing")
    return progressing.get("status") == "True" and progressing.get("reason") == "NewReplicaSetAvailable"


def _deadline(body: Body) -> int:
    return count(spec_of(body), "progressDeadlineSeconds", _NO_DEADLINE)


def stateful_set(body: Body) -> State:
    spec, status = spec_of(body), status_of(body)
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return current("updateStrategy OnDelete: its pods change when they are deleted")
    wanted = count(spec, "replicas", 1)
    total, ready = count(status, "replicas"), count(status, "readyReplicas")
    updated = count(status, "updatedReplicas")
    # The API server defaults partition to 0, which means no partition (kstatus takes it for one).
    partition = count(strategy.get("rollingUpdate") or {}, "partition")
    rules = (
        (wanted > total, f"{total} of {wanted} pods exist"),
        (wanted > ready, f"{ready} of {wanted} pods are ready"),
        (total > wanted, f"{total - wanted} pods still to end"),
        (updated < wanted - partition, f"{updated} of {wanted - partition} pods are of the new revision"),
        (
            not partition and status.get("currentRevision") != status.get("updateRevision"),
            "the new revision isn't complete",
        ),
    )
    return _first(rules, f"{ready} of {wanted} ready")


def daemon_set(body: Body) -> State:
    status = status_of(body)
    if "desiredNumberScheduled" not in status or "observedGeneration" not in status:
        return in_progress("the controller hasn't seen it yet")
    wanted = count(status, "desiredNumberScheduled")
    if (spec_of(body).get("updateStrategy") or {}).get("type") == "OnDelete":
        return current("updateStrategy OnDelete: its pods change when they are deleted")
    ready = count(status, "numberReady")
    rules = (
        (wanted > count(status, "currentNumberScheduled"), f"not on all of its {wanted} nodes yet"),
        (
            wanted > count(status, "updatedNumberScheduled"),
            f"{count(status, 'updatedNumberScheduled')} of {wanted} pods are of the new revision",
        ),
        (
            wanted > count(status, "numberAvailable"),
            f"{count(status, 'numberAvailable')} of {wanted} available",
        ),
        (wanted > ready, f"{ready} of {wanted} pods are ready"),
    )
    return _first(rules, f"{ready} of {wanted} ready")


def replica_set(body: Body) -> State:
    failure = condition(body, "ReplicaFailure")
    if failure.get("status") == "True":
        return in_progress(told(failure))
    spec, status = spec_of(body), status_of(body)
    wanted, ready = count(spec, "replicas", 1), count(status, "readyReplicas")
    total = count(status, "replicas")
    rules = (
        (wanted > count(status, "fullyLabeledReplicas"), f"{total} of {wanted} pods exist"),
        (
            wanted > count(status, "availableReplicas"),
            f"{count(status, 'availableReplicas')} of {wanted} available",
        ),
        (wanted > ready, f"{ready} of {wanted} pods are ready"),
        (total > wanted, f"{total - wanted} pods still to end"),
    )
    return _first(rules, f"{ready} of {wanted} ready")


def _first(rules: tuple[tuple[bool, str], ...], good: str) -> State:
    """The first rule that holds says what is still missing."""
    for holds, message in rules:
        if holds:
            return in_progress(message)
    return current(good)

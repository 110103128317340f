"""Is this object as it should be? kstatus, with the deviations that README.md lists. Pure.

https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus
"""

from __future__ import annotations

from collections.abc import Callable

from eks_deploy.manifest import Body
from eks_deploy.readiness import batch, others, workloads
from eks_deploy.readiness.state import (
    State,
    Status,
    condition,
    current,
    failed,
    in_progress,
    status_of,
    told,
)

_RULES: dict[tuple[str, str], Callable[[Body], State]] = {
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("batch", "Job"): batch.job,
    ("batch", "CronJob"): others.exists,
    ("", "Pod"): batch.pod,
    ("", "PersistentVolumeClaim"): others.persistent_volume_claim,
    ("", "Service"): others.service,
    ("", "Namespace"): others.namespace,
    ("", "ConfigMap"): others.exists,
    ("", "Secret"): others.exists,
    ("policy", "PodDisruptionBudget"): others.exists,
    ("autoscaling", "HorizontalPodAutoscaler"): others.horizontal_pod_autoscaler,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): others.custom_resource_definition,
    ("apiregistration.k8s.io", "APIService"): others.api_service,
}


def judge(body: Body) -> State:
    """The state of a live object. Its status counts only if it is about its present generation."""
    metadata = body["metadata"]
    if metadata.get("deletionTimestamp"):
        return State(Status.TERMINATING, "it is being deleted")
    observed = status_of(body).get("observedGeneration")
    if observed is not None and observed != metadata.get("generation"):
        return in_progress("its controller hasn't seen this change yet")
    rule = _RULES.get((str(body["apiVersion"]).rpartition("/")[0], str(body["kind"])))
    return _by_conditions(body) or (rule(body) if rule else _generic(body))


def _by_conditions(body: Body) -> State | None:
    """The two conditions that kstatus gives a meaning to in every kind."""
    reconciling, stalled = condition(body, "Reconciling"), condition(body, "Stalled")
    if reconciling.get("status") == "True":
        return in_progress(told(reconciling))
    return failed(told(stalled)) if stalled.get("status") == "True" else None


def _generic(body: Body) -> State:
    ready = condition(body, "Ready")
    if ready.get("status") in {"False", "Unknown"}:
        return in_progress(told(ready) or "not ready yet")
    return current()

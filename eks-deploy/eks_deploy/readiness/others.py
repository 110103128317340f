"""Storage, network, definitions, scaling. Pure."""

from __future__ import annotations

from eks_deploy.manifest import Body
from eks_deploy.readiness.state import (
    State,
    condition,
    current,
    failed,
    in_progress,
    spec_of,
    status_of,
    told,
)


def persistent_volume_claim(body: Body) -> State:
    phase = status_of(body).get("phase")
    if phase == "Bound":
        return current("bound")
    if phase == "Lost":
        return failed("its volume is gone (phase Lost)")
    return in_progress(f"not bound yet (phase {phase or 'unknown'})")


def service(body: Body) -> State:
    """A load balancer is there once it has an address (kstatus is content with a cluster IP)."""
    if spec_of(body).get("type") == "LoadBalancer":
        balancers = (status_of(body).get("loadBalancer") or {}).get("ingress") or []
        if not balancers:
            return in_progress("its load balancer has no address yet")
        return current(str(balancers[0].get("hostname") or balancers[0].get("ip")))
    return current()


def custom_resource_definition(body: Body) -> State:
    names, established = condition(body, "NamesAccepted"), condition(body, "Established")
    if names.get("status") == "False":
        return failed(told(names))
    if established.get("status") == "False" and established.get("reason") != "Installing":
        return failed(told(established))
    return (
        current("established") if established.get("status") == "True" else in_progress("not established yet")
    )


def api_service(body: Body) -> State:
    available = condition(body, "Available")
    return current("available") if available.get("status") == "True" else in_progress(told(available))


def namespace(body: Body) -> State:
    return current() if status_of(body).get("phase") == "Active" else in_progress("not active yet")


def horizontal_pod_autoscaler(body: Body) -> State:
    """Failed when it can't ever scale; metrics that aren't there yet (FailedGet…) may still come
    (krane's rule).
    """
    active = condition(body, "ScalingActive")
    if active.get("status") != "False" or active.get("reason") == "ScalingDisabled":
        return current()
    if str(active.get("reason")).startswith("FailedGet"):
        return current(f"its metrics aren't there yet: {told(active)}")
    return failed(told(active))


def exists(_: Body) -> State:
    """What has no status worth waiting for: to be there is enough."""
    return current()

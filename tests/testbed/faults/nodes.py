"""Faults of a cluster's node: gone silent, not there yet, of the wrong kind."""

import datetime as dt
import time
from collections.abc import Callable

from testbed.cluster import control
from testbed.cluster.api import Api
from testbed.faults import clusters, signals
from testbed.faults.clusters import CLUSTER
from testbed.faults.fault import Fault, Memory, Parameter, Values

SILENT = ("kubelet", "containerd")
NODES = "/api/v1/nodes"
Taint = dict[str, str]
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def _silence(values: Values) -> Memory:
    signals.freeze(clusters.pids(values["cluster"], *SILENT))
    return {}


def _speak(values: Values, _memory: Memory) -> None:
    signals.thaw(clusters.pids(values["cluster"], *SILENT))
    _wait_for_node(values)


def _leave(values: Values) -> Memory:
    """A kubelet registers its node when it starts, and only then."""
    control.stop(values["cluster"], "kubelet")
    clusters.remove(values, f"{NODES}/{clusters.api(values).node}")
    return {}


def _join(values: Values, _memory: Memory) -> None:
    if clusters.ask(values, lambda api: api.get(f"{NODES}/{api.node}")) is None:
        control.stop(values["cluster"], "kubelet")  # one that runs since before the node was deleted
    control.start(values["cluster"], "kubelet")
    _wait_for_node(values)


def _wait_for_node(values: Values) -> None:
    client, since = clusters.api(values), time.time()
    clusters.wait(lambda: client.node_ready() and _renewed(client, since), f"node {client.node} is Ready")


def _renewed(client: Api, since: float) -> bool:
    """What the node said before it went silent is still there after it; its lease tells more."""
    lease = client.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{client.node}")
    return bool(lease and _seconds(lease["spec"]["renewTime"]) >= since)


def _seconds(timestamp: str) -> float:
    return dt.datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def _taint(text: str) -> Taint:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    if not key or effect not in EFFECTS:
        raise ValueError(f"it is KEY=VALUE:EFFECT or KEY:EFFECT, and the effect one of {', '.join(EFFECTS)}")
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def _add_taint(values: Values) -> Memory:
    clusters.wait(
        lambda: _change_taints(values, lambda others: [*others, values["taint"]]), "the node is tainted"
    )
    return {}


def _remove_taint(values: Values, _memory: Memory) -> None:
    clusters.wait(lambda: _change_taints(values, lambda others: others), "the node's taint is removed")


def _change_taints(values: Values, change: Callable[[list[Taint]], list[Taint]]) -> bool:
    """`change` is given the other taints. False if there is no node, or somebody else changes it as well."""
    client, taint = clusters.api(values), values["taint"]
    path = f"{NODES}/{client.node}"
    if (node := client.get(path)) is None:
        return False
    others = [
        t
        for t in node["spec"].get("taints", [])
        if (t["key"], t["effect"]) != (taint["key"], taint["effect"])
    ]
    body = {
        "metadata": {"resourceVersion": node["metadata"]["resourceVersion"]},
        "spec": {"taints": change(others)},
    }
    status, _ = client.request("PATCH", path, body, content_type="application/merge-patch+json")
    return status == 200


def _node(values: Values) -> str:
    return f"node of {values['cluster']}"


FAULTS = (
    Fault(
        name="node-silent",
        text="a cluster's node stands still: NotReady after a while; logs and exec hang",
        parameters=(CLUSTER,),
        units=clusters.unit,
        part=_node,
        strike=_silence,
        heal=_speak,
        through_api=True,
    ),
    Fault(
        name="node-late",
        text="a cluster's node hasn't joined yet: pods are Pending, for there are no nodes",
        parameters=(CLUSTER,),
        units=clusters.unit,
        part=_node,
        strike=_leave,
        heal=_join,
        through_api=True,
    ),
    Fault(
        name="node-tainted",
        text="a cluster's node is for others: pods without the toleration are Pending",
        parameters=(
            CLUSTER,
            Parameter(
                name="taint",
                text="KEY=VALUE:EFFECT, such as dedicated=gpu:NoSchedule",
                default="dedicated=other:NoSchedule",
                read=_taint,
            ),
        ),
        units=clusters.unit,
        strike=_add_taint,
        heal=_remove_taint,
        through_api=True,
    ),
)

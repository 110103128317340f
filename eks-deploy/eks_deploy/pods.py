"""The pods of a workload's present revision, found as its controller finds them."""

from __future__ import annotations

from typing import Any

from eks_deploy.api import Api, Refused
from eks_deploy.manifest import Body
from eks_deploy.readiness.state import spec_of, status_of

_OWNERS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
_REVISION = "deployment.kubernetes.io/revision"
_HASH = "controller-revision-hash"


def has_pods(body: Body) -> bool:
    return body["kind"] == "Pod" or (
        body["kind"] in _OWNERS and str(body["apiVersion"]).partition("/")[0] in {"apps", "batch"}
    )


def of(api: Api, workload: Body) -> list[Body]:
    """Without the permission to list pods: none, and the wait goes by the workload's own status."""
    if workload["kind"] == "Pod":
        return [workload]
    try:
        owner = _newest_replica_set(api, workload) if workload["kind"] == "Deployment" else workload
        return [] if owner is None else _owned(api, owner)
    except Refused as error:
        if error.status == 403:
            return []
        raise


def _owned(api: Api, owner: Body) -> list[Body]:
    pods = [pod for pod in _list(api, owner, "/api/v1", "pods") if owned_by(pod, owner)]
    revision = _revision(api, owner)
    return [
        pod for pod in pods if not revision or (pod["metadata"].get("labels") or {}).get(_HASH) == revision
    ]


def _revision(api: Api, owner: Body) -> str:
    """The label of new pods, for the two kinds whose old and new pods have one owner."""
    if owner["kind"] == "StatefulSet":
        return str(status_of(owner).get("updateRevision") or "")
    if owner["kind"] != "DaemonSet":
        return ""
    revisions = [r for r in _list(api, owner, "/apis/apps/v1", "controllerrevisions") if owned_by(r, owner)]
    newest = max(revisions, key=lambda r: int(r.get("revision") or 0), default=None)
    return str((newest["metadata"].get("labels") or {}).get(_HASH) or "") if newest else ""


def _newest_replica_set(api: Api, deployment: Body) -> Body | None:
    sets = [s for s in _list(api, deployment, "/apis/apps/v1", "replicasets") if owned_by(s, deployment)]
    newest = max(sets, key=revision_number, default=None)
    # The set of this generation may not exist yet: the pods of an older one say nothing about it.
    if newest is None or revision_number(newest) < revision_number(deployment):
        return None
    return newest


def revision_number(body: Body) -> int:
    return int((body["metadata"].get("annotations") or {}).get(_REVISION) or 0)


def owned_by(child: Body, owner: Body) -> bool:
    uid = owner["metadata"].get("uid")
    return any(entry.get("uid") == uid for entry in child["metadata"].get("ownerReferences") or [])


def _list(api: Api, owner: Body, root: str, plural: str) -> list[Body]:
    namespace = owner["metadata"]["namespace"]
    query = {"labelSelector": selector(spec_of(owner).get("selector") or {})}
    found = api.get(f"{root}/namespaces/{namespace}/{plural}", f"list {plural} in {namespace}", **query)
    # The items of a list don't say what they are; the list does.
    about = {"apiVersion": found.get("apiVersion"), "kind": str(found.get("kind")).removesuffix("List")}
    return [{**about, **item} for item in found.get("items") or []]


def selector(labels: dict[str, Any]) -> str:
    """A LabelSelector as the query parameter writes it."""
    parts = [f"{key}={value}" for key, value in (labels.get("matchLabels") or {}).items()]
    for rule in labels.get("matchExpressions") or []:
        key, values = rule["key"], ",".join(rule.get("values") or [])
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }[rule["operator"]]
        )
    return ",".join(parts)

"""What the cluster knows and has, asked before anything is planned."""

from __future__ import annotations

from actionkit.errors import ActionError
from eks_deploy import discovery, pool
from eks_deploy.api import Api, Call, Refused
from eks_deploy.discovery import Served
from eks_deploy.plan import Plan


def server_version(api: Api) -> str:
    return str(api.get("/version", "tell its version").get("gitVersion") or "")


def discover(api: Api) -> Served:
    """Two requests, however many kinds the cluster has."""

    def document(path: str) -> dict[str, object]:
        call = Call(method="GET", path=path, what="list the kinds that it serves", accept=discovery.ACCEPT)
        return api.send(call).body

    return discovery.parse(pool.each(discovery.PATHS, document))


def missing_namespaces(api: Api, plan: Plan) -> tuple[set[str], list[ActionError]]:
    """Namespaces that don't exist: those that the plan makes first, and an error for each other one.

    Without the permission to read a namespace it counts as existing: the dry-run will tell.
    """
    used = plan.namespaces_used
    names = sorted(used)
    there = pool.each(names, lambda name: _exists(api, name))
    absent = {name for name, exists in zip(names, there, strict=True) if not exists}
    made = plan.namespaces_made
    problems = [
        ActionError(
            "No such namespace",
            f"{used[name].label} goes into the namespace {name}, which doesn't exist"
            " and which no manifest of this run creates.",
            "Create it, add a Namespace to `manifests`, or correct `namespace`.",
            file=used[name].file,
            line=used[name].line,
        )
        for name in sorted(absent - made)
    ]
    return absent & made, problems


def _exists(api: Api, name: str) -> bool:
    try:
        api.get(f"/api/v1/namespaces/{name}", f"look for the namespace {name}")
    except Refused as error:
        if error.status == 404:
            return False
        if error.status != 403:
            raise
    return True

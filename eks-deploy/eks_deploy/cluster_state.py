"""What the cluster knows and has, asked before anything is planned."""

from __future__ import annotations

from actionkit.errors import ActionError
from eks_deploy import discovery, pool
from eks_deploy.api import Api, Call, Refused
from eks_deploy.discovery import Served
from eks_deploy.manifest import Body
from eks_deploy.plan import Plan, Target

LIST_FROM = 20
LIST_AT_MOST = 1000


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


def live_objects(api: Api, targets: list[Target]) -> dict[str, Body]:
    """Path to object, of kinds that so many are applied of that one list is cheaper than all the gets.

    What isn't in it may exist all the same: lists that aren't allowed, or too long, are left out.
    """
    by_folder: dict[str, list[Target]] = {}
    for target in targets:
        by_folder.setdefault(target.resource.path(target.manifest.namespace), []).append(target)
    many = {folder: found for folder, found in by_folder.items() if len(found) >= LIST_FROM}
    return dict(pair for folder, found in many.items() for pair in _list(api, folder, found[0]))


def _list(api: Api, folder: str, of: Target) -> list[tuple[str, Body]]:
    kind = of.manifest.kind
    try:
        found = api.get(folder, f"list {kind} objects", limit=LIST_AT_MOST)
    except Refused as error:
        if error.status == 401:
            raise
        return []
    # The items of a list don't say what they are.
    about = {"apiVersion": of.manifest.api_version, "kind": kind}
    return [(f"{folder}/{item['metadata']['name']}", {**about, **item}) for item in found.get("items") or []]


def _exists(api: Api, name: str) -> bool:
    try:
        api.get(f"/api/v1/namespaces/{name}", f"look for the namespace {name}")
    except Refused as error:
        if error.status == 404:
            return False
        if error.status != 403:
            raise
    return True

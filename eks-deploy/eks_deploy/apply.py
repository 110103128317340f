"""Server-side apply: rehearsed first, then done.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from eks_deploy.api import Api, Call, Refused, Response
from eks_deploy.changes import CONFIGURED, CREATED, UNCHANGED, Change, same, same_owners
from eks_deploy.conflicts import scaled_by_others
from eks_deploy.manifest import Body
from eks_deploy.plan import Target

FIELD_MANAGER = "eks-deploy"


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What a dry-run told. `live` is the object as it is, `wanted` as it would be; None: there is none.

    `note` is what the user should know: the dry-run that a webhook can't do, the replicas that are left
    alone.
    """

    target: Target
    live: Body | None
    wanted: Body | None
    note: str = ""


def rehearse(api: Api, target: Target, known: Mapping[str, Body]) -> Rehearsed:
    """The server's own validation, admission and conflict check; writes nothing. Raises api.Refused.

    `known` are live objects by their path, where they have been read already.
    """
    try:
        return _dry_run(api, target, known, "")
    except Refused as error:
        if "does not support dry run" in error.message:
            note = f"{target.label}: not checked before, a webhook can't do dry-runs"
            return Rehearsed(target=target, live=_live(api, target), wanted=None, note=note)
        scaler = scaled_by_others(error)
        if not scaler:
            raise
        note = f"{target.label}: its replicas are left alone, {scaler} scales it"
        return _dry_run(api, without_replicas(target), known, note)


def _dry_run(api: Api, target: Target, known: Mapping[str, Body], note: str) -> Rehearsed:
    answer = _patch(api, target, dry_run=True)
    live = None if answer.status == 201 else known.get(target.path) or _live(api, target)
    return Rehearsed(target=target, live=live, wanted=answer.body, note=note)


def without_replicas(target: Target) -> Target:
    body = target.manifest.body
    spec = {k: v for k, v in body["spec"].items() if k != "replicas"}
    return replace(target, manifest=replace(target.manifest, body={**body, "spec": spec}))


def apply(api: Api, rehearsed: Rehearsed) -> Change:
    """Writes the object, unless the rehearsal has shown that nothing would change. Raises api.Refused."""
    target, live, wanted = rehearsed.target, rehearsed.live, rehearsed.wanted
    if live is not None and wanted is not None and same(live, wanted) and same_owners(live, wanted):
        return Change(target=target, action=UNCHANGED, live=live)
    answer = _patch(api, target, dry_run=False)
    if answer.status == 201:
        action = CREATED
    else:
        action = UNCHANGED if live is not None and same(live, answer.body) else CONFIGURED
    return Change(target=target, action=action, live=answer.body)


def _patch(api: Api, target: Target, *, dry_run: bool) -> Response:
    query: dict[str, str | int] = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
    if dry_run:
        query["dryRun"] = "All"
    return api.send(
        Call(
            method="PATCH",
            path=target.path,
            what=f"{'check' if dry_run else 'apply'} {target.label}",
            query=query,
            body=target.manifest.body,
            content_type="application/apply-patch+yaml",
        )
    )


def _live(api: Api, target: Target) -> Body | None:
    try:
        return api.get(target.path, f"read {target.label}")
    except Refused as error:
        if error.status == 404:
            return None
        raise

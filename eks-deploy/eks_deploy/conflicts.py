"""Fields that somebody else manages: who, which, and what to do about each. Pure.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
"""

from __future__ import annotations

import re

from actionkit.errors import ActionError
from eks_deploy.api import Refused
from eks_deploy.manifest import Manifest

_MANAGER = re.compile(r'conflict with "(?P<manager>[^"]+)"(?: with subresource "(?P<subresource>[^"]+)")?')

_KNOWN = {
    "kubectl-client-side-apply": "`kubectl apply`",
    "kubectl": "`kubectl apply --server-side`",
    "kubectl-set": "`kubectl set`",
    "kubectl-edit": "`kubectl edit`",
    "kubectl-patch": "`kubectl patch`",
    "kubectl-rollout": "`kubectl rollout`",
    "kubectl-create": "`kubectl create`",
    "helm": "Helm",
    "argocd-controller": "Argo CD",
    "kustomize-controller": "Flux",
    "kube-controller-manager": "a controller of Kubernetes itself",
}


def owners(error: Refused) -> dict[str, list[str]]:
    """Field paths by manager, as the 409 answer's causes name them."""
    found: dict[str, list[str]] = {}
    for cause in error.causes:
        match = _MANAGER.search(str(cause.get("message") or ""))
        if match:
            manager = match["manager"] + (f" ({match['subresource']})" if match["subresource"] else "")
            found.setdefault(manager, []).append(str(cause.get("field")))
    return found


def conflict_error(error: Refused, manifest: Manifest) -> ActionError:
    by_manager = owners(error)
    lines = [f"- {_said(manager)}: {', '.join(fields)}" for manager, fields in by_manager.items()]
    return ActionError(
        "Fields that somebody else manages",
        f"{manifest.label}: the manifest sets other values for fields that eks-deploy doesn't own.\n"
        + ("\n".join(lines) or error.message),
        _hint(by_manager),
        file=manifest.file,
        line=manifest.line,
    )


def _said(manager: str) -> str:
    known = _KNOWN.get(manager.split(" ", maxsplit=1)[0])
    return f"{manager} ({known})" if known else manager


def _hint(by_manager: dict[str, list[str]]) -> str:
    fields = [field for listed in by_manager.values() for field in listed]
    if fields and all(field.endswith(".spec.replicas") for field in fields):
        return (
            "Something scales this workload: take `replicas` out of the manifest, so that both can "
            "live with it."
        )
    return (
        "Nothing is overwritten. Take these fields out of the manifest, or hand them over once with "
        "`kubectl apply --server-side --field-manager=eks-deploy --force-conflicts -f FILE`, and "
        "stop changing them "
        "by the other tool."
    )


def scaled_by_others(error: Refused) -> str:
    """Who scales this workload, if its replicas are all that an apply conflicts about; else nothing.

    An autoscaler writes through the subresource `scale`, and the field is its own from then on.
    """
    by_manager = owners(error)
    fields = {field for listed in by_manager.values() for field in listed}
    if error.status == 409 and fields == {".spec.replicas"} and all("(scale)" in m for m in by_manager):
        return " and ".join(manager.replace(" (scale)", "") for manager in by_manager)
    return ""

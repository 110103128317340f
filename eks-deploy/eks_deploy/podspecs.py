"""Where the pods of an object are described. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from eks_deploy.manifest import Body

CONTAINERS = ("initContainers", "containers", "ephemeralContainers")

_PATHS = {
    ("", "Pod"): ("spec",),
    ("", "PodTemplate"): ("template", "spec"),
    ("", "ReplicationController"): ("spec", "template", "spec"),
    ("apps", "Deployment"): ("spec", "template", "spec"),
    ("apps", "StatefulSet"): ("spec", "template", "spec"),
    ("apps", "DaemonSet"): ("spec", "template", "spec"),
    ("apps", "ReplicaSet"): ("spec", "template", "spec"),
    ("batch", "Job"): ("spec", "template", "spec"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
}


def pod_spec_path(body: Body) -> tuple[str, ...] | None:
    """The path of the pod's spec; for a kind we don't know, `spec.template.spec` where that holds containers.

    The guess lets images be substituted in custom kinds that carry a pod template as Deployments do
    (Argo's Rollout, Knative's Service).
    """
    group = str(body["apiVersion"]).rpartition("/")[0]
    known = _PATHS.get((group, str(body["kind"])))
    if known:
        return known
    guess = ("spec", "template", "spec")
    spec = dig(body, guess)
    return guess if isinstance(spec, dict) and isinstance(spec.get("containers"), list) else None


def dig(body: object, path: tuple[str, ...]) -> object:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def containers(spec: object) -> Iterator[Body]:
    """Every container of a pod's spec: init, ordinary, ephemeral."""
    if isinstance(spec, dict):
        for name in CONTAINERS:
            yield from (c for c in spec.get(name) or [] if isinstance(c, dict))

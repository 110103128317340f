"""What will be sent where, decided before anything is sent. Pure: manifests and what the cluster
serves in, plan out.
"""

from __future__ import annotations

from dataclasses import dataclass

from eks_deploy import order
from eks_deploy.discovery import Resource, Served, defined
from eks_deploy.manifest import Manifest, is_custom_resource_definition
from eks_deploy.manifests import Problem


@dataclass(frozen=True, kw_only=True)
class Target:
    """A manifest and its place. `new_kind`: only a CustomResourceDefinition of this run makes it known."""

    manifest: Manifest
    resource: Resource
    new_kind: bool

    @property
    def path(self) -> str:
        return self.resource.path(self.manifest.namespace, self.manifest.name)

    @property
    def label(self) -> str:
        return self.manifest.label


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`groups` in the order of application; what is in one group may be applied in parallel."""

    groups: list[list[Target]]

    @property
    def targets(self) -> list[Target]:
        return [target for group in self.groups for target in group]

    @property
    def definitions(self) -> list[Target]:
        return [t for t in self.targets if is_custom_resource_definition(t.manifest.body)]

    @property
    def namespaces_made(self) -> set[str]:
        return {
            t.manifest.name for t in self.targets if t.manifest.kind == "Namespace" and not t.resource.group
        }

    @property
    def namespaces_used(self) -> dict[str, Manifest]:
        """Each namespace that something goes into, and the first object that does."""
        used: dict[str, Manifest] = {}
        for target in self.targets:
            if target.resource.namespaced:
                used.setdefault(target.manifest.namespace, target.manifest)
        return used


@dataclass(frozen=True, kw_only=True)
class Planned:
    plan: Plan
    problems: list[Problem]


def make(manifests: list[Manifest], served: Served, namespace: str) -> Planned:
    """`namespace` is the input: the place of what names none, and refused where a manifest names another."""
    definitions = [m.body for m in manifests if is_custom_resource_definition(m.body)]
    new = {(r.api_version, r.kind): r for body in definitions for r in defined(body)}
    problems: list[Problem] = []
    targets: dict[int, Target] = {}
    for manifest in manifests:
        known = served.find(manifest.api_version, manifest.kind)
        resource = known or new.get((manifest.api_version, manifest.kind))
        if resource is None:
            problems.append(_unknown(manifest, served))
            continue
        if namespace and resource.namespaced and manifest.namespace not in {"", namespace}:
            problems.append(_other_namespace(manifest, namespace))
            continue
        placed = manifest.in_namespace(
            (manifest.namespace or namespace or "default") if resource.namespaced else ""
        )
        targets[id(placed)] = Target(manifest=placed, resource=resource, new_kind=known is None)
    placed_manifests = [target.manifest for target in targets.values()]
    groups = [[targets[id(m)] for m in group] for group in order.ranks(placed_manifests)]
    return Planned(plan=Plan(groups=groups), problems=problems)


def _unknown(manifest: Manifest, served: Served) -> Problem:
    versions = served.versions(manifest.kind)
    nearest = served.nearest(manifest.kind)
    if manifest.group in served.stale:
        hint = (
            f"The API server behind {manifest.group} (an APIService) doesn't answer: `kubectl get "
            "apiservices`."
        )
    elif versions:
        hint = f"This cluster serves {manifest.kind} as {', '.join(versions)}: change apiVersion."
    elif nearest:
        hint = f"Perhaps you meant {' or '.join(nearest)}?"
    else:
        hint = "Is its CustomResourceDefinition (often installed with an operator) missing in this cluster?"
    return Problem(
        title="Unknown kind",
        message=f"{manifest.label}: the cluster doesn't know {manifest.kind} in {manifest.api_version}.",
        hint=hint,
        file=manifest.file,
        line=manifest.line,
    )


def _other_namespace(manifest: Manifest, namespace: str) -> Problem:
    return Problem(
        title="Another namespace",
        message=f"{manifest.label} names the namespace {manifest.namespace}, the input `namespace` is "
        f"{namespace}.",
        hint="Leave the input empty when manifests name their namespaces themselves.",
        file=manifest.file,
        line=manifest.line,
    )

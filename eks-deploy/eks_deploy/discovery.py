"""What the cluster serves: kinds, their paths and scopes, from the two aggregated discovery documents. Pure.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from eks_deploy.manifest import Body

PATHS = ("/api", "/apis")
ACCEPT = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind in one version, and where it lives."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str, name: str = "") -> str:
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{scope}/{self.plural}" + (f"/{name}" if name else "")


class Served:
    """Every resource of a cluster, and the groups whose own API server (an APIService) doesn't answer."""

    def __init__(self, resources: list[Resource], stale: frozenset[str] = frozenset()) -> None:
        self._by_kind = {(r.api_version, r.kind): r for r in resources}
        self.stale = stale

    def find(self, api_version: str, kind: str) -> Resource | None:
        return self._by_kind.get((api_version, kind))

    def versions(self, kind: str) -> list[str]:
        """The apiVersions that serve a kind of exactly this name."""
        return [api_version for api_version, served in self._by_kind if served == kind]

    def nearest(self, kind: str) -> list[str]:
        """Kinds that the user may have meant, as `Kind (apiVersion)`."""
        by_lower: dict[str, str] = {k.lower(): k for _, k in self._by_kind}
        close = get_close_matches(kind.lower(), by_lower, n=3, cutoff=0.7)
        return [f"{by_lower[name]} ({self.versions(by_lower[name])[0]})" for name in close]

    def with_definitions(self, definitions: list[Body]) -> Served:
        """The same, and what these CustomResourceDefinitions will serve once they are applied."""
        more = [resource for body in definitions for resource in defined(body)]
        served = Served(more, self.stale)
        served._by_kind.update(self._by_kind)
        return served


def parse(documents: list[dict[str, Any]]) -> Served:
    """Aggregated discovery documents (apidiscovery.k8s.io v2 or v2beta1) into what they list."""
    resources: list[Resource] = []
    stale: set[str] = set()
    for group in (item for document in documents for item in document.get("items") or []):
        name = (group.get("metadata") or {}).get("name") or ""
        for version in group.get("versions") or []:
            if version.get("freshness") == "Stale":
                stale.add(name)
            entries = version.get("resources") or []
            resources += [_resource(entry, name, str(version["version"])) for entry in entries]
    return Served(resources, frozenset(stale))


def _resource(entry: dict[str, Any], group: str, version: str) -> Resource:
    return Resource(
        group=group,
        version=version,
        kind=str((entry.get("responseKind") or {}).get("kind") or ""),
        plural=str(entry["resource"]),
        namespaced=entry.get("scope") == "Namespaced",
    )


def defined(definition: Body) -> list[Resource]:
    """What a CustomResourceDefinition will serve."""
    spec = definition.get("spec")
    if not isinstance(spec, dict):
        return []
    names = spec.get("names") or {}
    return [
        Resource(
            group=str(spec.get("group")),
            version=str(version.get("name")),
            kind=str(names.get("kind")),
            plural=str(names.get("plural")),
            namespaced=spec.get("scope") == "Namespaced",
        )
        for version in spec.get("versions") or []
        if isinstance(version, dict) and version.get("served")
    ]

"""A Kubernetes object as the user wrote it, and its name in messages. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Key:
    """What makes two objects the same one in the cluster: the version of the API doesn't."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One object and the place it was read from; `namespace` is empty until it is known to be namespaced."""

    body: Body
    file: str
    line: int

    @property
    def api_version(self) -> str:
        return str(self.body["apiVersion"])

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.body["metadata"].get("namespace") or "")

    @property
    def key(self) -> Key:
        return Key(group=self.group, kind=self.kind, namespace=self.namespace, name=self.name)

    @property
    def label(self) -> str:
        """How messages name it: `Deployment web/api`, with the namespace where there is one."""
        return label(self.body)

    def in_namespace(self, namespace: str) -> Manifest:
        """The same object in this namespace; an empty one takes the field away."""
        metadata = {k: v for k, v in self.body["metadata"].items() if k != "namespace"}
        if namespace:
            metadata["namespace"] = namespace
        return replace(self, body={**self.body, "metadata": metadata})


def label(body: Body) -> str:
    """`Kind namespace/name`, or `Kind name` for what belongs to no namespace."""
    metadata = body.get("metadata") or {}
    namespace = metadata.get("namespace")
    name = f"{namespace}/{metadata.get('name')}" if namespace else str(metadata.get("name"))
    return f"{body.get('kind')} {name}"


def is_custom_resource_definition(body: Body) -> bool:
    return body["kind"] == "CustomResourceDefinition" and str(body["apiVersion"]).startswith(
        "apiextensions.k8s.io/"
    )


def is_path_segment(name: str) -> bool:
    """Whether it can be an object's name: it becomes one segment of a URL's path."""
    return bool(name) and not re.search(r"[/%]", name) and name not in {".", ".."}

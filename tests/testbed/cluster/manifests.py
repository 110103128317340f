"""What `up` applies to a cluster as its administrator, as a platform team does before others deploy."""

from typing import Any

import yaml

from testbed.cluster.api import Api

# What an organisation's own files may have.
KINDS = ("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
NAMESPACED = ("ServiceAccount", "Role", "RoleBinding")


def apply(client: Api, text: str) -> None:
    """Server-side, every document of a file; what was applied before and isn't there now stays."""
    for document in yaml.safe_load_all(text):
        if document is not None:
            client.apply(path(document), document)


def path(document: dict[str, Any]) -> str:
    """Of kinds whose plural is a mere s."""
    version, metadata = document["apiVersion"], document["metadata"]
    namespace = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}{namespace}/{document['kind'].lower()}s/{metadata['name']}"

"""What `up` applies to a cluster as its administrator, as a platform team does before others deploy."""

from pathlib import Path

import yaml

from testbed.cluster.api import Api

# Kind -> path of its collection, with a place for the namespace.
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
}


def apply(client: Api, file: Path) -> None:
    """Every document of a file that has been checked; what was applied before and isn't there now stays."""
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        if document is not None:
            metadata = document["metadata"]
            collection = PATHS[document["kind"]].format(metadata.get("namespace"))
            client.apply(f"{collection}/{metadata['name']}", document)

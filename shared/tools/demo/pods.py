"""What runs in a cluster, as its administrator sees it."""

from dataclasses import dataclass
from typing import Any

from testbed import paths
from testbed.cluster.api import Api


@dataclass(frozen=True, kw_only=True)
class Pod:
    cluster: str
    name: str
    phase: str
    ready: bool
    image: str  # as the pod asked for it
    image_id: str  # what the node's runtime says that it runs: repository@digest

    @property
    def digest(self) -> str:
        return self.image_id.rpartition("@")[2]


def running(cluster: str, namespace: str = "app") -> list[Pod]:
    """The namespace's pods that aren't on their way out."""
    api = Api(paths.state() / "clusters" / cluster, "ea-tester")
    found = api.get(f"/api/v1/namespaces/{namespace}/pods")
    return [_pod(cluster, item) for item in found["items"] if "deletionTimestamp" not in item["metadata"]]


def _pod(cluster: str, item: dict[str, Any]) -> Pod:
    status = (item["status"].get("containerStatuses") or [{}])[0]
    return Pod(
        cluster=cluster,
        name=item["metadata"]["name"],
        phase=item["status"].get("phase", ""),
        ready=status.get("ready", False),
        image=item["spec"]["containers"][0]["image"],
        image_id=status.get("imageID", ""),
    )

"""The clusters are real: nodes, pods, logs, service accounts, services."""

from typing import Any

import pytest

from testbed.bed import Bed, eventually
from testbed.cluster.api import Api

HELLO = 'echo "hello from $(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)"; '
ASK_SERVICE = "nc -w 5 kubernetes.default 443 </dev/null && echo reached; "


def deployment(name: str, command: str, image: str = "busybox:1.37") -> dict[str, Any]:
    container = {"name": "main", "image": image, "command": ["/bin/sh", "-c", command]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def running_pod(api: Api, namespace: str) -> Any:
    for pod in api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]:
        if pod["status"]["phase"] == "Running":
            return pod
    return None


def log(api: Api, namespace: str, pod: str) -> str:
    return api.request("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}/log")[1].decode()


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_node_is_ready_and_named_as_on_ec2(bed: Bed, name: str) -> None:
    api = bed.api(name)
    assert api.node_ready()
    node = api.get("/api/v1/nodes")["items"][0]
    assert node["metadata"]["name"].endswith(".ap-northeast-2.compute.internal")
    assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.35.4"


def test_a_deployments_pod_runs_and_its_log_can_be_read(bed: Bed, namespace: str) -> None:
    api = bed.api("dev")
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    api.create(path, deployment("hello", f"{HELLO} sleep 600"))
    eventually(lambda: api.get(f"{path}/hello")["status"].get("availableReplicas") == 1)
    pod = running_pod(api, namespace)
    assert "@sha256:" in pod["status"]["containerStatuses"][0]["imageID"]
    assert log(api, namespace, pod["metadata"]["name"]) == f"hello from {namespace}\n"
    events = api.get(f"/api/v1/namespaces/{namespace}/events")["items"]
    assert {"Scheduled", "Pulled", "Started"} <= {event["reason"] for event in events}


def test_services_lead_to_their_pods(bed: Bed, namespace: str) -> None:
    api = bed.api("dev")
    service = api.get("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"]
    command = ASK_SERVICE.replace("kubernetes.default", service) + "sleep 600"
    api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", deployment("client", command))
    pod = eventually(lambda: running_pod(api, namespace))["metadata"]["name"]
    assert eventually(lambda: log(api, namespace, pod)) == "reached\n"


@pytest.mark.parametrize(
    ("image", "command", "reason"),
    [
        ("busybox:1.37", "exit 3", "CrashLoopBackOff"),
        ("busybox:no-such-tag", "true", "ImagePullBackOff"),
    ],
)
def test_failures_look_as_on_any_cluster(
    bed: Bed, namespace: str, image: str, command: str, reason: str
) -> None:
    api = bed.api("dev")
    api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", deployment("broken", command, image))

    def waiting() -> bool:
        pods = api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        statuses = [status for pod in pods for status in pod["status"].get("containerStatuses", [])]
        return any(status["state"].get("waiting", {}).get("reason") == reason for status in statuses)

    eventually(waiting, 60)

"""Names in a cluster: services by CoreDNS, the VPC's names through it; and services lead to pods."""

import json
from typing import Any

from testbed.bed import Bed, eventually
from testbed.cluster.api import Api
from testbed.cluster.layout import Layout

IMAGE = "python:3.13-slim"
SERVER = {"name": "main", "image": IMAGE, "command": ["python3", "-m", "http.server", "8080"]}
# Each line of its log: a name, and the addresses that it has or the error.
RESOLVE = """
import json, socket, sys, urllib.request
def ask(name):
    try:
        return sorted({found[4][0] for found in socket.getaddrinfo(name, 443, socket.AF_INET)})
    except OSError as error:
        return str(error)
answers = {name: ask(name) for name in sys.argv[2:]}
answers["page"] = urllib.request.urlopen(f"http://{sys.argv[1]}:80/", timeout=10).status
print(json.dumps(answers), flush=True)
"""


def pod(name: str, container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app": name}}
    return {"metadata": metadata, "spec": {"restartPolicy": "Never", "containers": [container], **spec}}


def service(api: Api, namespace: str) -> str:
    """The address of `web`, once it has a ready pod behind it."""
    root = f"/api/v1/namespaces/{namespace}"
    eventually(lambda: api.get(f"{root}/serviceaccounts/default"))
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
    api.create(f"{root}/pods", pod("web", {**SERVER, "readinessProbe": probe}))
    ports = [{"port": 80, "targetPort": 8080}]
    made = api.create(
        f"{root}/services",
        {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}},
    )
    eventually(lambda: ready(api, f"{root}/pods/web"), 60)
    return str(made["spec"]["clusterIP"])


def ready(api: Api, path: str) -> bool:
    conditions = api.get(path)["status"].get("conditions", [])
    return any((c["type"], c["status"]) == ("Ready", "True") for c in conditions)


def answers(api: Api, namespace: str, name: str, names: list[str], **spec: Any) -> Any:
    """What a pod finds: addresses by name, and the status of the service's page."""
    root = f"/api/v1/namespaces/{namespace}/pods"
    container = {"name": "main", "image": IMAGE, "command": ["python3", "-c", RESOLVE, names[0], *names]}
    api.create(root, pod(name, container, **spec))
    eventually(lambda: api.get(f"{root}/{name}")["status"]["phase"] in ("Succeeded", "Failed"), 60)
    text = api.request("GET", f"{root}/{name}/log")[1].decode()
    assert text.startswith("{"), text
    return json.loads(text)


def test_pods_find_services_and_the_vpcs_names(bed: Bed, namespace: str) -> None:
    api = bed.api("dev")
    address = service(api, namespace)
    endpoint = Layout.of(bed.org, bed.org.clusters["dev"]).endpoint_host
    expected: dict[str, object] = {
        "web": [address],
        f"web.{namespace}": [address],
        f"web.{namespace}.svc.cluster.local": [address],
        "kubernetes.default.svc.cluster.local": ["172.20.0.1"],
        "kube-dns.kube-system": ["172.20.0.10"],
        "sts.ap-northeast-2.amazonaws.com": ["198.18.0.10"],
        endpoint: ["10.20.0.10"],
    }
    names = [*expected, "nobody.svc.cluster.local", "example.com"]
    found = answers(api, namespace, "client", names)
    assert found.pop("page") == 200
    assert "not known" in found.pop("nobody.svc.cluster.local")
    assert "not known" in found.pop("example.com")
    assert found == expected


def test_a_pod_of_the_nodes_own_network_reaches_services_too(bed: Bed, namespace: str) -> None:
    api = bed.api("dev")
    address = service(api, namespace)
    name = f"web.{namespace}.svc.cluster.local"
    host = {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    assert answers(api, namespace, "client", [name], **host) == {name: [address], "page": 200}


def test_dns_looks_as_on_eks(bed: Bed) -> None:
    api = bed.api("prod")
    deployment = api.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert ".dkr.ecr.ap-northeast-2.amazonaws.com/eks/coredns:v1." in container["image"]
    assert deployment["status"]["availableReplicas"] == 1
    assert api.get("/api/v1/namespaces/kube-system/services/kube-dns")["spec"]["clusterIP"] == "172.20.0.10"

"""Every kind that eks-deploy waits for, on a real cluster: until it is ready, and not longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.eks_deploy_run import Deployer
from testbed.bed import Bed

SLEEP = """
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: busybox, command: [sleep, "3600"]}]
"""
TEMPLATE = f"""selector: {{matchLabels: {{app: a}}}}
  template:
    metadata: {{labels: {{app: a}}}}
    spec:{SLEEP}"""
POD = """
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: busybox, command: [%s]}]
"""
JOB = """
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: ["true"]}]
"""
CRON_JOB = """
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
"""
CLAIM = "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}, storageClassName: %s}"
HPA = """
spec:
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
"""

CURRENT = {
    "Deployment": ("apps/v1", f"spec:\n  replicas: 2\n  {TEMPLATE}", "2 of 2 ready"),
    "StatefulSet": ("apps/v1", f"spec:\n  replicas: 2\n  serviceName: a\n  {TEMPLATE}", "2 of 2 ready"),
    "DaemonSet": ("apps/v1", f"spec:\n  {TEMPLATE}", "1 of 1 ready"),
    "ReplicaSet": ("apps/v1", f"spec:\n  {TEMPLATE}", "1 of 1 ready"),
    "Job": ("batch/v1", JOB, "1 completed"),
    "CronJob": ("batch/v1", CRON_JOB, ""),
    "Service": ("v1", "spec: {ports: [{port: 80}]}", ""),
    "PodDisruptionBudget": ("policy/v1", "spec: {maxUnavailable: 1, selector: {matchLabels: {a: b}}}", ""),
    "HorizontalPodAutoscaler": ("autoscaling/v2", HPA, ""),
    "NetworkPolicy": ("networking.k8s.io/v1", "spec: {podSelector: {}}", ""),
    "ServiceAccount": ("v1", "", ""),
}


@pytest.fixture
def deployer(bed: Bed, tmp_path: Path) -> Deployer:
    return Deployer(bed, tmp_path)


def manifest(kind: str, api_version: str, rest: str) -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n{rest.strip()}\n"


@pytest.mark.parametrize("kind", CURRENT)
def test_a_good_one_becomes_current(deployer: Deployer, namespace: str, kind: str) -> None:
    api_version, rest, says = CURRENT[kind]
    result = deployer.run(deployer.write("a.yaml", manifest(kind, api_version, rest)), namespace=namespace)
    assert (result.exit_code, result.outputs["result"]) == (0, "Current"), result.log
    assert f"| Current{': ' if says else ''}{says} |" in result.summary


@pytest.mark.parametrize(
    ("command", "exit_code", "says"),
    [
        ('"true"', 0, "Current: completed"),
        ('sleep, "3600"', 0, "Current: ready"),
        ('"false"', 1, "exited with 1"),
    ],
)
def test_a_bare_pod(deployer: Deployer, namespace: str, command: str, exit_code: int, says: str) -> None:
    result = deployer.run(deployer.write("a.yaml", manifest("Pod", "v1", POD % command)), namespace=namespace)
    assert result.exit_code == exit_code, result.log
    assert says in result.summary


def test_a_claim_that_waits_for_its_first_pod_is_not_waited_for(
    bed: Bed, deployer: Deployer, namespace: str
) -> None:
    api, name = bed.api("dev"), f"{namespace}-late"
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "example.com/none",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    api.apply(f"/apis/storage.k8s.io/v1/storageclasses/{name}", storage_class)
    reader = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [{"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": ["list"]}],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "deployers"}],
    }
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    api.apply(f"{rbac}/clusterroles/{name}", reader)
    api.apply(f"{rbac}/clusterrolebindings/{name}", binding)
    try:
        text = manifest("PersistentVolumeClaim", "v1", CLAIM % name)
        result = deployer.run(deployer.write("a.yaml", text), namespace=namespace, timeout="20s")
        assert result.exit_code == 0, result.log
        assert "WaitForFirstConsumer" in result.summary
    finally:
        api.delete(f"/apis/storage.k8s.io/v1/storageclasses/{name}")
        api.delete(f"{rbac}/clusterrolebindings/{name}")
        api.delete(f"{rbac}/clusterroles/{name}")


def test_a_definition_and_an_object_of_it_in_one_run(bed: Bed, deployer: Deployer, namespace: str) -> None:
    group = f"{namespace}.example.com"
    definition = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Thing, plural: things}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"""
    thing = manifest("Thing", f"{group}/v1", "spec: {size: 1}")
    api = bed.api("dev")
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "things"},
        "rules": [{"apiGroups": [group], "resources": ["things"], "verbs": ["get", "create", "patch"]}],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "things"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "things"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "deployers"}],
    }
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    api.apply(f"{rbac}/roles/things", role)
    api.apply(f"{rbac}/rolebindings/things", binding)
    try:
        file = deployer.write("all.yaml", f"{thing}---{definition}")
        result = deployer.run(file, namespace=namespace)
        assert result.exit_code == 0, result.log
        assert list(result.changes.values()) == ["created", "created"]
        live = api.get(f"/apis/{group}/v1/namespaces/{namespace}/things/a")
        assert live["spec"] == {"size": 1}
        assert set(deployer.run(file, namespace=namespace).changes.values()) == {"unchanged"}
    finally:
        api.delete(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{group}")


NEVER = {
    "Service": ("v1", "spec: {type: LoadBalancer, ports: [{port: 80}]}", "load balancer has no address"),
    "PersistentVolumeClaim": ("v1", CLAIM % "none", "not bound yet"),
    "Deployment": ("apps/v1", f"spec:\n  {TEMPLATE}      nodeSelector: {{no: node}}\n", "0 of 1"),
}


@pytest.mark.parametrize("kind", NEVER)
def test_one_that_never_gets_there_is_told_at_the_deadline(
    deployer: Deployer, namespace: str, kind: str
) -> None:
    api_version, rest, says = NEVER[kind]
    text = manifest(kind, api_version, rest)
    result = deployer.run(deployer.write("a.yaml", text), namespace=namespace, timeout="4s")
    assert (result.exit_code, result.outputs["result"]) == (1, "InProgress"), result.log
    (annotation,) = result.annotations
    assert annotation.title == "Not ready in time"
    assert says in annotation.message
    assert result.outputs["failed-objects"] == f"{kind} {namespace}/a"
    assert result.seconds < 12

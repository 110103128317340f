import pytest

from eks_deploy.manifest import Manifest
from eks_deploy.order import ranks


def manifest(kind: str, name: str = "a") -> Manifest:
    return Manifest(body={"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}, file="", line=1)


def ordered(*kinds: str) -> list[str]:
    return [m.kind for group in ranks([manifest(kind) for kind in kinds]) for m in group]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Namespace", "ServiceAccount"),
        ("CustomResourceDefinition", "Certificate"),
        ("ServiceAccount", "Deployment"),
        ("Role", "RoleBinding"),
        ("ClusterRole", "ClusterRoleBinding"),
        ("ResourceQuota", "Deployment"),
        ("ConfigMap", "Deployment"),
        ("Secret", "StatefulSet"),
        ("StorageClass", "PersistentVolumeClaim"),
        ("PersistentVolumeClaim", "Pod"),
        ("Service", "Deployment"),
        ("PriorityClass", "DaemonSet"),
        ("ExternalSecret", "Job"),
        ("Deployment", "HorizontalPodAutoscaler"),
        ("Service", "Ingress"),
        ("Deployment", "ValidatingWebhookConfiguration"),
        ("Deployment", "MutatingWebhookConfiguration"),
    ],
)
def test_what_others_need_comes_first(first: str, then: str) -> None:
    assert ordered(then, first) == [first, then]


def test_equals_keep_the_order_of_the_files() -> None:
    groups = ranks([manifest("Deployment", "z"), manifest("ConfigMap"), manifest("StatefulSet", "a")])
    assert [[m.name for m in group] for group in groups] == [["a"], ["z", "a"]]

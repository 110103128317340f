"""The order in which kinds are applied: what others need comes first. Pure.

Helm's, flux's and cli-utils' orders agree on the gist: definitions and namespaces, then who may do what, then
configuration, then storage and services, then what runs, and last what can refuse the rest (webhooks).
"""

from __future__ import annotations

from eks_deploy.manifest import Manifest

_RANKS: tuple[tuple[str, ...], ...] = (
    ("Namespace", "CustomResourceDefinition"),
    ("PriorityClass", "RuntimeClass", "StorageClass", "VolumeSnapshotClass", "IngressClass", "GatewayClass"),
    ("ResourceQuota", "LimitRange", "NetworkPolicy"),
    ("ServiceAccount", "Role", "ClusterRole"),
    ("RoleBinding", "ClusterRoleBinding"),
    ("ConfigMap", "Secret"),
    ("PersistentVolume",),
    ("PersistentVolumeClaim",),
    ("Service", "PodDisruptionBudget"),
    (),  # every kind that isn't listed: custom resources often configure what the workloads need
    (
        "Pod",
        "ReplicationController",
        "ReplicaSet",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
    ),
    ("HorizontalPodAutoscaler", "Ingress", "HTTPRoute"),
    ("APIService",),
    (
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ),
)
_OTHER = _RANKS.index(())
_RANK = {kind: rank for rank, kinds in enumerate(_RANKS) for kind in kinds}
DEFINITIONS = 0


def rank(manifest: Manifest) -> int:
    return _RANK.get(manifest.kind, _OTHER)


def ranks(manifests: list[Manifest]) -> list[list[Manifest]]:
    """Groups that may be applied in parallel, in order; within a group the order of the files."""
    groups: dict[int, list[Manifest]] = {}
    for manifest in manifests:
        groups.setdefault(rank(manifest), []).append(manifest)
    return [groups[key] for key in sorted(groups)]

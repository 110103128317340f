"""EKS's access policies: what each of them allows, and to which requests one with its scope applies. Pure.

The rules are those of https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, row by
row; each policy there repeats the rows of the smaller one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ARN = "arn:aws:eks::aws:cluster-access-policy/"
READ = ("get", "list", "watch")
WRITE = ("create", "delete", "deletecollection", "patch", "update")
ALL = ("*",)


@dataclass(frozen=True)
class Rule:
    """As in a Kubernetes Role: any of the verbs, on any of the resources of the API group."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    urls: bool = False  # also what is no resource, such as /metrics


def _rule(group: str, resources: str, verbs: tuple[str, ...]) -> Rule:
    return Rule(group, tuple(resources.split()), verbs)


VIEW = (
    _rule(
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status "
        "replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale "
        "statefulsets/status",
        READ,
    ),
    _rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
    _rule("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
    _rule("discovery.k8s.io", "endpointslices", READ),
    _rule(
        "extensions",
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses "
        "ingresses/status networkpolicies replicasets replicasets/scale replicasets/status "
        "replicationcontrollers/scale",
        READ,
    ),
    _rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
    _rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
    _rule(
        "",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods "
        "replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
        READ,
    ),
    _rule(
        "",
        "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
        "resourcequotas resourcequotas/status",
        READ,
    ),
    _rule("", "namespaces", READ),
)
EDIT = (
    *VIEW,
    _rule(
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale "
        "statefulsets statefulsets/scale",
        WRITE,
    ),
    _rule("autoscaling", "horizontalpodautoscalers", WRITE),
    _rule("batch", "cronjobs jobs", WRITE),
    _rule(
        "extensions",
        "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets "
        "replicasets/scale replicationcontrollers/scale",
        WRITE,
    ),
    _rule("networking.k8s.io", "ingresses networkpolicies", WRITE),
    _rule("policy", "poddisruptionbudgets", WRITE),
    _rule("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", READ),
    _rule("", "serviceaccounts", ("impersonate",)),
    _rule("", "pods pods/attach pods/exec pods/portforward pods/proxy", WRITE),
    _rule(
        "",
        "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale "
        "secrets serviceaccounts services services/proxy",
        WRITE,
    ),
)
ADMIN = (
    *EDIT,
    _rule("authorization.k8s.io", "localsubjectaccessreviews", ("create",)),
    _rule("rbac.authorization.k8s.io", "rolebindings roles", (*READ, *WRITE)),
)
POLICIES: Mapping[str, tuple[Rule, ...]] = {
    "AmazonEKSAdminPolicy": ADMIN,
    "AmazonEKSAdminViewPolicy": (Rule("*", ALL, READ),),
    "AmazonEKSClusterAdminPolicy": (Rule("*", ALL, ALL, urls=True),),
    "AmazonEKSEditPolicy": EDIT,
    "AmazonEKSSecretReaderPolicy": (_rule("", "secrets", READ),),
    "AmazonEKSViewPolicy": VIEW,
}
CLUSTER_ADMIN = f"{ARN}AmazonEKSClusterAdminPolicy"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A policy and its scope: namespaces, in which `*` stands for any characters, or None for the cluster."""

    policy: str
    namespaces: tuple[str, ...] | None


def known(arn: str) -> bool:
    return arn.startswith(ARN) and arn.removeprefix(ARN) in POLICIES


def allowed(grants: Iterable[Grant], spec: Mapping[str, Any]) -> bool:
    """`spec` is that of a SubjectAccessReview.

    https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
    """
    return any(_within(grant, spec) and _permits(grant, spec) for grant in grants)


def _within(grant: Grant, spec: Mapping[str, Any]) -> bool:
    """A scope of namespaces leaves out what is in none, as a RoleBinding does.

    https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
    """
    if grant.namespaces is None:
        return True
    namespace = str((spec.get("resourceAttributes") or {}).get("namespace", ""))
    return any(namespace and fnmatchcase(namespace, pattern) for pattern in grant.namespaces)


def _permits(grant: Grant, spec: Mapping[str, Any]) -> bool:
    rules = POLICIES[grant.policy.removeprefix(ARN)]
    resource = spec.get("resourceAttributes")
    if not resource:
        verb = (spec.get("nonResourceAttributes") or {}).get("verb", "")
        return any(rule.urls and _one_of(rule.verbs, verb) for rule in rules)
    parts = (resource.get("resource", ""), resource.get("subresource", ""))
    name = "/".join(part for part in parts if part)
    return any(
        rule.group in ("*", resource.get("group", ""))
        and _one_of(rule.resources, name)
        and _one_of(rule.verbs, resource.get("verb", ""))
        for rule in rules
    )


def _one_of(listed: tuple[str, ...], value: str) -> bool:
    return listed == ALL or value in listed

"""Answers as a 1.35 API server gave them."""

import json
from typing import Any

import pytest

from eks_deploy.api import Call, Refused, transient
from eks_deploy.conflicts import scaled_by_others
from eks_deploy.manifest import Manifest
from eks_deploy.refusals import explain

TYPED = "failed to create typed patch object (web/api; apps/v1, Kind=Deployment)"
CALL = Call(method="PATCH", path="/x", what="check Deployment web/api")
METADATA = {"name": "api", "namespace": "web"}
MANIFEST = Manifest(
    body={"apiVersion": "apps/v1", "kind": "Deployment", "metadata": METADATA}, file="k8s/api.yaml", line=7
)


def refused(
    status: int, message: str, reason: str = "", causes: list[dict[str, str]] | None = None
) -> Refused:
    details: dict[str, Any] = {"causes": causes or []}
    text = json.dumps({"kind": "Status", "message": message, "reason": reason, "details": details})
    return Refused(CALL, status, text)


def conflict(*causes: tuple[str, str]) -> Refused:
    said = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": field}
        for manager, field in causes
    ]
    return refused(409, "Apply failed with conflicts", "Conflict", said)


def test_forbidden_names_user_verb_resource_and_the_rule_that_is_missing() -> None:
    message = (
        'deployments.apps "api" is forbidden: User "arn:aws:sts::2:assumed-role/deploy/x" cannot patch '
        'resource "deployments" in API group "apps" in the namespace "web"'
    )
    error = explain(refused(403, message, "Forbidden"), MANIFEST)
    assert (error.title, error.file, error.line) == ("Not allowed in the cluster", "k8s/api.yaml", 7)
    assert "'arn:aws:sts::2:assumed-role/deploy/x'" in error.message
    assert 'apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]' in error.hint
    assert "a Role in the namespace web" in error.hint


def test_forbidden_cluster_wide_asks_for_a_cluster_role() -> None:
    message = 'User "u" cannot list resource "namespaces" in API group "" at the cluster scope'
    assert "a ClusterRole" in explain(refused(403, message)).hint


def test_a_policy_that_forbids_is_no_missing_permission() -> None:
    message = 'pods "a" is forbidden: violates PodSecurity "restricted:latest"'
    error = explain(refused(403, message), MANIFEST)
    assert error.title == "Refused by a policy of the cluster"
    assert "PodSecurity" in error.message


@pytest.mark.parametrize(
    ("status", "message", "title", "says"),
    [
        (
            400,
            'failed to create manager: strict decoding error: unknown field "spec.replica"',
            "Unknown field",
            "no field spec.replica",
        ),
        (
            500,
            f"{TYPED}: .spec.replica: field not declared in schema",
            "Unknown field",
            "no field .spec.replica",
        ),
        (
            500,
            f"{TYPED}: .spec.x: expected string, got &value.valueUnstructured{{Value:false}}",
            "Doesn't fit its schema",
            ".spec.x: expected string, got false",
        ),
        (
            422,
            "Deployment is invalid: spec.selector: field is immutable",
            "A field that can't be changed",
            "immutable",
        ),
        (500, 'failed calling webhook "a.b.c": connection refused', "A webhook failed", "a.b.c"),
        (404, 'namespaces "gone" not found', "No such namespace", "gone"),
        (418, "short and stout", "The API server refused", "418: short and stout"),
    ],
)
def test_what_is_wrong_with_an_object(status: int, message: str, title: str, says: str) -> None:
    error = explain(refused(status, message), MANIFEST)
    assert (error.title, says in error.message) == (title, True), error.message


def test_causes_are_listed_with_their_fields() -> None:
    causes = [{"field": "spec.ports[0].port", "message": "Invalid value: 99999"}]
    assert (
        "spec.ports[0].port: Invalid value: 99999"
        in explain(refused(422, "Service is invalid", "Invalid", causes), MANIFEST).message
    )


def test_a_conflict_names_each_manager_and_its_fields() -> None:
    image = '.spec.template.spec.containers[name="c"].image'
    error = explain(
        conflict(('"kubectl-set" using apps/v1', image), ('"argocd-controller"', ".spec.x")), MANIFEST
    )
    assert f"- kubectl-set (`kubectl set`): {image}" in error.message
    assert "- argocd-controller (Argo CD): .spec.x" in error.message
    assert "--field-manager=eks-deploy --force-conflicts" in error.hint


SCALED = '"kube-controller-manager" with subresource "scale" using apps/v1'


def test_replicas_that_an_autoscaler_owns_are_told_from_other_conflicts() -> None:
    assert scaled_by_others(conflict((SCALED, ".spec.replicas"))) == "kube-controller-manager"
    assert scaled_by_others(conflict(('"kubectl-edit"', ".spec.replicas"))) == ""
    assert scaled_by_others(conflict((SCALED, ".spec.replicas"), ('"helm"', ".spec.x"))) == ""


@pytest.mark.parametrize(
    ("status", "message", "again"),
    [
        (429, "", True),
        (503, "", True),
        (500, "etcdserver: leader changed", True),
        (500, 'failed calling webhook "x": dial tcp 10.0.0.1:443: connect: connection refused', True),
        (500, "failed to create typed patch object", False),
        (409, "", False),
        (403, "", False),
    ],
)
def test_what_another_try_may_cure(status: int, message: str, again: bool) -> None:
    assert transient(refused(status, message)) is again


def test_an_answer_that_is_no_status_is_shown_as_it_is() -> None:
    assert Refused(CALL, 502, "<html>Bad Gateway</html>").message == "<html>Bad Gateway</html>"


def test_the_value_in_a_secret_is_not_shown() -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    secret = Manifest(body=body, file="s.yaml", line=1)
    number = "&value.valueUnstructured{Value:271828}"
    typed = f"{TYPED}: .stringData.pin: expected string, got {number}"
    error = explain(refused(500, typed), secret)
    assert ".stringData.pin: expected string" in error.message
    causes = [{"field": "data", "message": 'Invalid value: "271828": must be a key'}]
    invalid = explain(refused(422, "Secret is invalid", "Invalid", causes), secret)
    assert "must be a key" in invalid.message
    assert "271828" not in error.text + invalid.text

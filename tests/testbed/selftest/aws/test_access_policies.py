"""EKS's access policies as the API server's authorizer answers them: rules, scopes, callers."""

import json
from pathlib import Path
from typing import Any

import pytest

from testbed.aws.eks import access_files
from testbed.aws.eks.access_policies import ARN, POLICIES, Grant
from testbed.aws.eks.authorizer import Authorizer

CALLER = "AROAAAAAAAAAAAAAAAAAA"


def asked(request: str, caller: str = CALLER) -> dict[str, Any]:
    """The spec of a review: `VERB GROUP/RESOURCE[/SUBRESOURCE][ in NAMESPACE]`, or `VERB URL PATH`."""
    verb, _, rest = request.partition(" ")
    spec: dict[str, Any] = {"user": "somebody", "extra": {"principalId": [caller]}}
    if rest.startswith("URL "):
        return {**spec, "nonResourceAttributes": {"verb": verb, "path": rest.removeprefix("URL ")}}
    what, _, namespace = rest.partition(" in ")
    group, resource, *sub = what.split("/")
    attributes = {"verb": verb, "group": group, "resource": resource, "subresource": "".join(sub)}
    return {**spec, "resourceAttributes": {**attributes, "namespace": namespace}}


def answers(folder: Path, *grants: Grant) -> Authorizer:
    access_files.write(folder, ["DynamicFile"], [], {CALLER: list(grants)})
    return Authorizer(folder)


# Rows of https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, and some of none.
VIEW, EDIT, ADMIN, CLUSTER, SEE_ALL, SECRETS = (
    f"AmazonEKS{name}Policy"
    for name in ("View", "Edit", "Admin", "ClusterAdmin", "AdminView", "SecretReader")
)
ROWS = {
    "get apps/deployments in app": {VIEW, EDIT, ADMIN, CLUSTER, SEE_ALL},
    "patch apps/deployments in app": {EDIT, ADMIN, CLUSTER},
    "patch apps/deployments/status in app": {CLUSTER},
    "get /pods/log in app": {VIEW, EDIT, ADMIN, CLUSTER, SEE_ALL},
    "create /pods/exec in app": {EDIT, ADMIN, CLUSTER},
    "get /secrets in app": {EDIT, ADMIN, CLUSTER, SEE_ALL, SECRETS},
    "list /events in app": {VIEW, EDIT, ADMIN, CLUSTER, SEE_ALL},
    "create events.k8s.io/events in app": {CLUSTER},
    "create /services in app": {EDIT, ADMIN, CLUSTER},
    "create /endpoints in app": {CLUSTER},
    "create rbac.authorization.k8s.io/roles in app": {ADMIN, CLUSTER},
    "create authorization.k8s.io/localsubjectaccessreviews in app": {ADMIN, CLUSTER},
    "create rbac.authorization.k8s.io/clusterroles": {CLUSTER},
    "get /namespaces in app": {VIEW, EDIT, ADMIN, CLUSTER, SEE_ALL},
    "create /namespaces": {CLUSTER},
    "list /nodes": {CLUSTER, SEE_ALL},
    "get example.com/widgets in app": {CLUSTER, SEE_ALL},
    "impersonate /serviceaccounts in app": {EDIT, ADMIN, CLUSTER},
    "escalate rbac.authorization.k8s.io/roles in app": {CLUSTER},
    "get URL /metrics": {CLUSTER},
}


def test_each_policy_allows_what_eks_documents(tmp_path: Path) -> None:
    allowed: dict[str, set[str]] = {request: set() for request in ROWS}
    for name in POLICIES:
        authorizer = answers(tmp_path, Grant(policy=ARN + name, namespaces=None))
        for request in ROWS:
            allowed[request] |= {name} if authorizer.allows(asked(request)) else set()
    assert allowed == ROWS


def test_a_scope_of_namespaces_ends_there(tmp_path: Path) -> None:
    scoped = answers(tmp_path, Grant(policy=ARN + CLUSTER, namespaces=("app", "dev-*")))
    rows = {
        "get /pods in app": True,
        "get /pods in dev-1": True,
        "get /pods in prod-1": False,
        "list /pods": False,  # of all namespaces
        "list /nodes": False,
        "get URL /metrics": False,
    }
    assert {request: scoped.allows(asked(request)) for request in rows} == rows


def test_policies_add_up_each_with_its_own_scope(tmp_path: Path) -> None:
    view, edit = Grant(policy=ARN + VIEW, namespaces=None), Grant(policy=ARN + EDIT, namespaces=("app",))
    both = answers(tmp_path, view, edit)
    assert both.allows(asked("get /pods in other"))
    assert both.allows(asked("create /services in app"))
    assert not both.allows(asked("create /services in other"))


def test_somebody_else_and_somebody_impersonated_have_none(tmp_path: Path) -> None:
    authorizer = answers(tmp_path, Grant(policy=ARN + CLUSTER, namespaces=None))
    assert not authorizer.allows(asked("get /pods in app", caller="AROABBBBBBBBBBBBBBBBB"))
    assert not authorizer.allows({**asked("get /pods in app"), "extra": None})


def test_before_aws_has_said_anything_nobody_is_allowed_anything(tmp_path: Path) -> None:
    assert not Authorizer(tmp_path).allows(asked("get /pods in app"))


@pytest.mark.parametrize("groups", [["a"], ["a", "b", "c"], []])
def test_a_file_that_is_written_over_is_the_same_file_and_whole(tmp_path: Path, groups: list[str]) -> None:
    """aws-iam-authenticator watches the file, not its name."""
    file = tmp_path / "file"
    access_files.overwrite(file, {"groups": ["a", "b"]})
    before = file.stat().st_ino
    access_files.overwrite(file, {"groups": groups})
    assert json.loads(file.read_text()) == {"groups": groups}
    assert file.stat().st_ino == before

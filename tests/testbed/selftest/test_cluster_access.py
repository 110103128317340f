"""What an organisation file can say of the ways into a cluster, and what the cluster is given for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed import organisation
from testbed.aws import part as aws
from testbed.cluster import addons
from testbed.errors import TestbedError
from testbed.organisation import HERE, Organisation

NODE = "arn:aws:iam::222222222222:role/eks-node"
DEPLOYERS = [f"arn:aws:iam::222222222222:role/{name}" for name in ("github-deploy", "deploy-chained")]


def changed(folder: Path, mode: str | None = None, **entry: Any) -> Organisation:
    """The organisation with another mode and one more said of the first access entry of dev."""
    document = yaml.safe_load((HERE / "organisation.yaml").read_text())
    cluster = document["clusters"][0]
    if mode:
        cluster["authentication-mode"] = mode
    cluster["access-entries"][0] |= {key.replace("_", "-"): value for key, value in entry.items()}
    (folder / "organisation.yaml").write_text(yaml.safe_dump(document))
    return organisation.load(folder / "organisation.yaml")


def test_access_policies_with_and_without_namespaces(tmp_path: Path) -> None:
    said = [
        {"policy": "AmazonEKSViewPolicy"},
        {"policy": "AmazonEKSEditPolicy", "namespaces": ["app", "dev-*"]},
    ]
    org = changed(tmp_path, access_policies=said)
    view, edit = org.clusters["dev"].access_entries[0].policies
    assert (view.arn, view.namespaces) == ("arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", None)
    assert edit.namespaces == ("app", "dev-*")
    aws.prepare(org)


@pytest.mark.parametrize(
    ("mode", "policies", "told"),
    [
        ("IAM", [], "cluster dev: there is no authentication-mode IAM"),
        ("API", [{"policy": "King"}], "cluster dev: the testbed knows no access policy King"),
    ],
)
def test_a_mode_or_policy_that_there_is_not(tmp_path: Path, mode: str, policies: Any, told: str) -> None:
    with pytest.raises(TestbedError, match=told):
        aws.prepare(changed(tmp_path, mode, access_policies=policies))


@pytest.mark.parametrize(
    ("mode", "roles"),
    [("API_AND_CONFIG_MAP", [NODE]), ("CONFIG_MAP", [NODE, *DEPLOYERS])],
)
def test_aws_auth_has_the_nodes_and_without_access_entries_everybody(mode: str, roles: list[str]) -> None:
    cluster = replace(organisation.load().clusters["dev"], authentication_mode=mode)
    mapped = yaml.safe_load(addons.aws_auth(cluster)["data"]["mapRoles"])
    assert [role["rolearn"] for role in mapped] == roles
    assert mapped[0]["groups"] == ["system:bootstrappers", "system:nodes"]


def test_every_object_of_the_dns_add_on_has_a_place() -> None:
    documents = list(yaml.safe_load_all((HERE / "cluster" / "coredns.yaml").read_text()))
    assert [addons.path(document) for document in documents] == [
        "/api/v1/namespaces/kube-system/serviceaccounts/coredns",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns",
        "/api/v1/namespaces/kube-system/configmaps/coredns",
        "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
        "/api/v1/namespaces/kube-system/services/kube-dns",
    ]

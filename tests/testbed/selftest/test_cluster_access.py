"""What an organisation file can say of the ways into a cluster, and what the cluster is given for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed import organisation
from testbed.cluster import addons, manifests
from testbed.organisation import Organisation
from testbed.paths import PACKAGE

NODE = "arn:aws:iam::222222222222:role/eks-node"
DEPLOYERS = [f"arn:aws:iam::222222222222:role/{name}" for name in ("github-deploy", "deploy-chained")]


def changed(folder: Path, **entry: Any) -> Organisation:
    """The organisation with one thing more said of the first access entry of dev."""
    document = yaml.safe_load((PACKAGE / "organisation.yaml").read_text())
    cluster = document["clusters"][0]
    cluster["access-entries"][0] |= {key.replace("_", "-"): value for key, value in entry.items()}
    (folder / "organisation.yaml").write_text(yaml.safe_dump(document))
    return organisation.read(folder / "organisation.yaml")


def test_access_policies_with_and_without_namespaces(tmp_path: Path) -> None:
    said = [
        {"policy": "AmazonEKSViewPolicy"},
        {"policy": "AmazonEKSEditPolicy", "namespaces": ["app", "dev-*"]},
    ]
    org = changed(tmp_path, access_policies=said)
    view, edit = org.clusters["dev"].access_entries[0].policies
    assert (view.arn, view.namespaces) == ("arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", None)
    assert edit.namespaces == ("app", "dev-*")


@pytest.mark.parametrize(
    ("mode", "roles"),
    [("API_AND_CONFIG_MAP", [NODE]), ("CONFIG_MAP", [NODE, *DEPLOYERS])],
)
def test_aws_auth_has_the_nodes_and_without_access_entries_everybody(mode: str, roles: list[str]) -> None:
    cluster = replace(organisation.built_in().clusters["dev"], authentication_mode=mode)
    mapped = yaml.safe_load(addons.aws_auth(cluster)["data"]["mapRoles"])
    assert [role["rolearn"] for role in mapped] == roles
    assert mapped[0]["groups"] == ["system:bootstrappers", "system:nodes"]


def test_every_object_of_the_dns_add_on_has_a_place() -> None:
    documents = list(yaml.safe_load_all((PACKAGE / "cluster" / "coredns.yaml").read_text()))
    assert [manifests.path(document) for document in documents] == [
        "/api/v1/namespaces/kube-system/serviceaccounts/coredns",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns",
        "/api/v1/namespaces/kube-system/configmaps/coredns",
        "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
        "/api/v1/namespaces/kube-system/services/kube-dns",
    ]

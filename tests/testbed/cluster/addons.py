"""What is in an EKS cluster from its first day on: CoreDNS, and the ConfigMap aws-auth."""

from pathlib import Path
from typing import Any

import yaml

from testbed import net
from testbed.aws.eks.access_entries import NODE_GROUP, NODE_USER, user_name
from testbed.aws.eks.authentication_mode import API, CONFIG_MAP
from testbed.cluster import manifests
from testbed.cluster.api import Api
from testbed.cluster.layout import DNS_ADDRESS
from testbed.images import tool
from testbed.organisation import Cluster
from testbed.tools.catalogue import TOOLS

HERE = Path(__file__).parent
CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
Document = dict[str, Any]


def dns_image(region: str) -> str:
    """As EKS's add-on names it: https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html"""
    return f"602401143452.dkr.ecr.{region}.amazonaws.com/eks/coredns:{TOOLS['coredns'].version}-eksbuild.1"


def dns_archive(region: str) -> Path:
    """The image as a tar for the node."""
    return tool.archive("coredns", dns_image(region))


def install(client: Api, cluster: Cluster, region: str) -> None:
    """Once the API server answers. What is there as it should be stays; aws-auth belongs to its users."""
    manifests.apply(client, (HERE / "coredns.yaml").read_text().replace("IMAGE", dns_image(region)))
    if cluster.authentication_mode != API and client.get(f"{CONFIG_MAPS}/aws-auth") is None:
        client.create(CONFIG_MAPS, aws_auth(cluster))


def dns_answers(netns: str) -> bool:
    """Whether the service kube-dns leads somewhere. What its objects say outlives a restart of the node."""
    try:
        net.connect(netns, str(DNS_ADDRESS), 53).close()
    except OSError:
        return False
    return True


def aws_auth(cluster: Cluster) -> Document:
    """The nodes' role, as EKS writes it; in the mode CONFIG_MAP also what would else be access entries.

    https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
    """
    roles = [_mapped(cluster.node_role.arn, NODE_USER, ("system:bootstrappers", NODE_GROUP))]
    if cluster.authentication_mode == CONFIG_MAP:
        roles += [_mapped(e.role.arn, user_name(e.role.arn), e.groups) for e in cluster.access_entries]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": yaml.safe_dump(roles)},
    }


def _mapped(arn: str, user: str, groups: tuple[str, ...]) -> Document:
    return {"rolearn": arn, "username": user, "groups": list(groups)}

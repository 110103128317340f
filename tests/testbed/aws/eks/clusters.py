"""The clusters as EKS describes them: what the clusters' own cluster.json says, once it is there."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testbed.aws.world import CREATED, identifier
from testbed.organisation import Cluster, Organisation


@dataclass(frozen=True)
class Clusters:
    organisation: Organisation
    state: Path

    def names(self, account: str) -> list[str]:
        return [c.name for c in self.organisation.clusters.values() if c.account.id == account]

    def find(self, account: str, name: str) -> Cluster | None:
        cluster = self.organisation.clusters.get(name)
        return cluster if cluster is not None and cluster.account.id == account else None

    def folder(self, name: str) -> Path:
        return self.state / "clusters" / name

    def description(self, cluster: Cluster) -> dict[str, Any]:
        """CREATING as long as it isn't built.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
        """
        region = self.organisation.region
        unique = identifier(f"{cluster.account.id}/{cluster.name}").lower()
        described = {
            "name": cluster.name,
            "arn": f"arn:aws:eks:{region}:{cluster.account.id}:cluster/{cluster.name}",
            "createdAt": CREATED.timestamp(),
            "version": "1.35",
            "roleArn": f"arn:aws:iam::{cluster.account.id}:role/eks-cluster",
            "resourcesVpcConfig": {
                "subnetIds": [f"subnet-{unique}"],
                "securityGroupIds": [],
                "clusterSecurityGroupId": f"sg-{unique}",
                "vpcId": f"vpc-{unique}",
                "endpointPublicAccess": False,
                "endpointPrivateAccess": True,
                "publicAccessCidrs": [],
            },
            "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
            "platformVersion": "eks.1",
            "status": "CREATING",
            "tags": {},
        }
        try:
            built = json.loads((self.folder(cluster.name) / "cluster.json").read_text())
        except FileNotFoundError:
            return described
        return {
            **described,
            "status": "ACTIVE",
            "version": str(built.get("version", described["version"])),
            "endpoint": built["endpoint"],
            "certificateAuthority": {"data": built["certificate_authority_data"]},
        }

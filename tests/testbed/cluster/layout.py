"""A cluster's own folder: what is where in STATE/clusters/NAME."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from testbed import paths, topology
from testbed.cluster import cgroups
from testbed.organisation import Cluster, Organisation

SERVICE_RANGE = IPv4Network("172.20.0.0/16")  # what EKS takes for a VPC in 10.0.0.0/8
DNS_ADDRESS = SERVICE_RANGE[10]  # of the service kube-dns
COMPONENTS = (
    "etcd",
    "eks-authorizer",
    "containerd",
    "kube-apiserver",
    "aws-iam-authenticator",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Facts and places of one cluster, all derived from the organisation."""

    name: str
    arn: str
    region: str
    account: str
    address: IPv4Address
    network: IPv4Network
    pods: IPv4Network
    endpoint_host: str

    @classmethod
    def of(cls, org: Organisation, cluster: Cluster) -> "Layout":
        return cls(
            name=cluster.name,
            arn=topology.cluster_arn(org, cluster),
            region=org.region,
            account=cluster.account.id,
            address=cluster.address,
            network=cluster.account.vpc,
            pods=topology.pods(org, cluster),
            endpoint_host=topology.endpoint_host(org, cluster),
        )

    @property
    def directory(self) -> Path:
        return paths.cluster(self.name)

    @property
    def pki(self) -> Path:
        return self.directory / "pki"

    @property
    def endpoint(self) -> str:
        return f"https://{self.endpoint_host}"

    @property
    def issuer(self) -> str:
        """The issuer of service account tokens, named as EKS names it."""
        return f"https://oidc.eks.{self.region}.amazonaws.com/id/{self.endpoint_host.partition('.')[0]}"

    @property
    def node(self) -> str:
        """The node's name: EC2's private DNS name."""
        return f"ip-{str(self.address).replace('.', '-')}.{self.region}.compute.internal"

    @property
    def netns(self) -> str:
        return f"ea-{self.name}"

    @property
    def unit(self) -> str:
        return f"cluster-{self.name}"

    @property
    def cgroup(self) -> str:
        return cgroups.branch(self.name)

    @property
    def api_server(self) -> str:
        """Where the cluster's own parts find the API server."""
        return f"https://{self.address}:443"

    def kubeconfig(self, user: str) -> Path:
        """Of a component; the administrator's, for people, is `directory / "kubeconfig"`."""
        return self.directory / "config" / f"{user}.kubeconfig"

    def log(self, component: str) -> Path:
        return paths.log(f"{self.name}-{component}")

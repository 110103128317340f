"""Who lives where: the organisation as hosts, networks, routes and names. Pure."""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from testbed.organisation import Account, Cluster, Organisation

ROUTER = "ea-router"
INTERNET = IPv4Network("198.18.0.0/16")  # RFC 2544's range for tests: nobody's
AWS_ADDRESS = IPv4Address("198.18.0.10")
TESTER_HOST_NUMBER = 0x1FA  # x.x.1.250
PROXY_HOST_NUMBER = 0x1F0  # x.x.1.240
PODS_FROM = 128 * 256  # the upper half of a VPC's addresses
DOCKER_HUB = (
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "auth.docker.io",
    "production.cloudfront.docker.com",
)
GITHUB_SERVICES = (
    "token.actions.githubusercontent.com",
    "run-actions-1-azure-eastus.actions.githubusercontent.com",
)


@dataclass(frozen=True, kw_only=True)
class Host:
    """A network namespace with one address. `vpc` is its account's alias, or `internet`."""

    name: str
    netns: str
    vpc: str
    network: IPv4Network
    address: IPv4Address
    routes: tuple[IPv4Network, ...]  # what it reaches through its gateway

    @property
    def gateway(self) -> IPv4Address:
        return self.network[1]


def hosts(org: Organisation) -> dict[str, Host]:
    """Every host that `up` makes, by name."""
    vpcs = tuple(account.vpc for account in org.accounts.values())
    found = [
        Host(name="aws", netns="ea-aws", vpc="internet", network=INTERNET, address=AWS_ADDRESS, routes=vpcs),
        vpc_host(org, "tester", org.home, org.home.vpc[TESTER_HOST_NUMBER]),
        *(vpc_host(org, c.name, c.account, c.address) for c in org.clusters.values()),
        *(vpc_host(org, f"runner-{r.name}", r.account, r.address) for r in org.runners.values()),
    ]
    return {host.name: host for host in found}


def vpc_host(
    org: Organisation,
    name: str,
    account: Account,
    address: IPv4Address,
    *,
    peered: bool = True,
    internet: bool = True,
) -> Host:
    """A host in an account's VPC. `peered`, `internet`: what its subnet's route table has."""
    return Host(
        name=name,
        netns=f"ea-{name}",
        vpc=account.alias,
        network=account.vpc,
        address=address,
        routes=(*(peers(org, account) if peered else ()), *([INTERNET] if internet else [])),
    )


def peers(org: Organisation, account: Account) -> tuple[IPv4Network, ...]:
    pairs = [pair for pair in org.peerings if account in pair]
    return tuple(b.vpc if a == account else a.vpc for a, b in pairs)


def bridges(org: Organisation) -> dict[str, IPv4Network]:
    """The router's bridges: one a VPC, by the account's alias, and the internet."""
    return {**{alias: account.vpc for alias, account in org.accounts.items()}, "internet": INTERNET}


def resolver(network: IPv4Network) -> IPv4Address:
    """The VPC's resolver: the range's base plus two, as AWS has it.

    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    return network[2]


def pods(org: Organisation, cluster: Cluster) -> IPv4Network:
    """A /24 of the VPC's own range, as the VPC CNI plugin gives them, and of each of its clusters another."""
    neighbours = [c.name for c in org.clusters.values() if c.account == cluster.account]
    first = PODS_FROM + 256 * neighbours.index(cluster.name)
    return IPv4Network((int(cluster.account.vpc[first]), 24))


def cluster_arn(org: Organisation, cluster: Cluster) -> str:
    return f"arn:aws:eks:{org.region}:{cluster.account.id}:cluster/{cluster.name}"


def endpoint_host(org: Organisation, cluster: Cluster) -> str:
    """The API server's DNS name: 32 hexadecimal digits, as EKS gives them; here derived from the ARN."""
    digits = hashlib.sha256(cluster_arn(org, cluster).encode()).hexdigest()[:32].upper()
    return f"{digits}.gr7.{org.region}.eks.amazonaws.com"


def names(org: Organisation) -> dict[str, IPv4Address]:
    """What the resolver answers, and with which address."""
    aws = [f"{service}.{org.region}.amazonaws.com" for service in ("sts", "ecr", "api.ecr", "eks", "iam")]
    registries = [f"{account.id}.{registry_domain(org)}" for account in org.accounts.values()]
    internet = (*aws, "iam.amazonaws.com", "sts.amazonaws.com", *registries, *GITHUB_SERVICES, *DOCKER_HUB)
    clusters = {endpoint_host(org, cluster): cluster.address for cluster in org.clusters.values()}
    return {**dict.fromkeys(internet, AWS_ADDRESS), **clusters}


def registry_domain(org: Organisation) -> str:
    """Every account's registry is a name below this one, whether the account exists or not."""
    return f"dkr.ecr.{org.region}.amazonaws.com"

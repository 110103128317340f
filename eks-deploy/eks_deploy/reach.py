"""Is the API server within reach? Name, then a TCP connection, each with its own answer when it fails."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from pathlib import Path

from actionkit.errors import ActionError
from eks_deploy.api import Unreachable
from eks_deploy.eks import Cluster

PROBE_SECONDS = 3.0


def resolve(cluster: Cluster) -> list[str]:
    """The addresses of the endpoint's name as this machine's resolver gives them."""
    try:
        found = socket.getaddrinfo(cluster.host, cluster.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise ActionError(
            "The cluster's name doesn't resolve",
            f"{cluster.host}: {error.strerror} (this runner's resolver: {_resolvers()}).\n{facts(cluster)}",
            "Does the runner ask its VPC's resolver (x.x.0.2), and does that VPC have DNS support "
            "and DNS hostnames "
            "switched on? A resolver of your own may drop private addresses in public answers "
            "(rebinding protection).",
        ) from None
    return sorted({str(entry[4][0]) for entry in found})


def probe(cluster: Cluster, addresses: list[str]) -> None:
    """One TCP connection to each address until one answers; 3 s each, so that a black hole is known early."""
    failures = []
    for address in addresses:
        failure = _connect(address, cluster.port)
        if not failure:
            return
        failures.append(f"{address} ({scope(address)}): {failure}")
    raise no_route(cluster, addresses, "; ".join(failures))


def no_route(cluster: Cluster, addresses: list[str], what: str) -> ActionError:
    return ActionError(
        "The cluster can't be reached",
        f"{cluster.host} port {cluster.port}: {what}.\n{facts(cluster)}",
        _hint(cluster, addresses),
    )


def explain(error: Unreachable, cluster: Cluster) -> ActionError:
    """A request without an answer; TLS is told from the network."""
    text = str(error.cause)
    if "certificate verify failed" in text.lower() or "CERTIFICATE_VERIFY_FAILED" in text:
        return ActionError(
            "Another certificate than the cluster's",
            f"While asked to {error.call.what}, {cluster.host} showed a certificate that the cluster's CA "
            f"didn't sign: {_short(text)}.",
            "Something between the runner and the cluster answers in its place (a proxy that "
            "inspects TLS?), or the "
            "name resolves to another machine. Add the endpoint's name to NO_PROXY, or correct the "
            "DNS record.",
        )
    with suppress(ActionError):
        return no_route(
            cluster, resolve(cluster), f"no answer while asked to {error.call.what}: {_short(text)}"
        )
    return no_route(cluster, [], f"no answer while asked to {error.call.what}: {_short(text)}")


def facts(cluster: Cluster) -> str:
    """What EKS says about who may reach the endpoint."""
    access = [name for name, on in (("private", cluster.private), ("public", cluster.public)) if on]
    text = f"Endpoint access: {' and '.join(access) or 'unknown'}"
    if cluster.public and cluster.public_cidrs:
        text += f" (public from {', '.join(cluster.public_cidrs)})"
    if cluster.vpc:
        text += f"; VPC {cluster.vpc}"
    if cluster.security_group:
        text += f"; cluster security group {cluster.security_group}"
    return text + "."


def scope(address: str) -> str:
    return "private" if ipaddress.ip_address(address).is_private else "public"


def _hint(cluster: Cluster, addresses: list[str]) -> str:
    public = [address for address in addresses if scope(address) == "public"]
    if public and cluster.private:
        return (
            "The name gives public addresses although the endpoint is private too: outside the "
            "cluster's VPC that is "
            "so as long as public access is on. Switch it off, or let the runner's VPC resolve the "
            "name privately "
            "(Route 53 Resolver endpoint in the cluster's VPC)."
        )
    if public:
        return (
            "Is the runner's public address among the allowed ranges, and does its network let port 443 out?"
        )
    return (
        "Is there a route from the runner's subnet to the cluster's VPC and back (peering or transit "
        "gateway, both "
        f"route tables), and does the security group {cluster.security_group or 'of the cluster'} allow port "
        f"{cluster.port} from the runner?"
    )


def _connect(address: str, port: int) -> str:
    """Nothing, or why there is no connection."""
    try:
        with socket.create_connection((address, port), timeout=PROBE_SECONDS):
            return ""
    except OSError as error:
        return _reason(error)


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer in {PROBE_SECONDS:g} s (dropped on the way: route, network ACL or security group)"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused (the machine is there, nothing listens)"
    return error.strerror or str(error)


def _short(text: str) -> str:
    return " ".join(text.split())[:300]


def _resolvers() -> str:
    try:
        text = Path("/etc/resolv.conf").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    names = [line.split()[1] for line in text.splitlines() if line.startswith("nameserver ")]
    return ", ".join(names) or "none"

import socket
from dataclasses import replace

import pytest

from actionkit.errors import ActionError
from eks_deploy import eks, reach
from eks_deploy.api import Call, Unreachable
from eks_deploy.eks import Cluster

ANSWER = {
    "name": "dev",
    "arn": "arn:aws:eks:eu-west-1:222222222222:cluster/dev",
    "endpoint": "https://ABC.gr7.eu-west-1.eks.amazonaws.com",
    "certificateAuthority": {"data": "Q0E="},
    "version": "1.35",
    "status": "ACTIVE",
    "resourcesVpcConfig": {
        "vpcId": "vpc-1",
        "clusterSecurityGroupId": "sg-1",
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
    },
    "accessConfig": {"authenticationMode": "API"},
}
CLUSTER = eks.from_answer(ANSWER)


def at(endpoint: str) -> Cluster:
    return replace(CLUSTER, endpoint=endpoint)


def test_what_eks_says_about_a_cluster() -> None:
    assert (CLUSTER.host, CLUSTER.port) == ("abc.gr7.eu-west-1.eks.amazonaws.com", 443)
    assert (CLUSTER.region, CLUSTER.partition, CLUSTER.authority) == ("eu-west-1", "aws", "CA")


@pytest.mark.parametrize("change", [{"status": "CREATING"}, {"endpoint": None}, {"certificateAuthority": {}}])
def test_a_cluster_that_is_not_there_yet(change: dict[str, object]) -> None:
    with pytest.raises(ActionError, match="can't be used now"):
        eks.from_answer(ANSWER | change)


def test_a_name_that_does_not_resolve_points_to_the_resolver() -> None:
    with pytest.raises(ActionError) as raised:
        reach.resolve(at("https://no-such-cluster.invalid"))
    assert "no-such-cluster.invalid" in raised.value.message
    assert "resolver" in raised.value.hint


def test_a_port_that_is_closed_is_told_with_what_eks_says_about_the_endpoint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ActionError) as raised:
        reach.probe(at(f"https://127.0.0.1:{port}"), ["127.0.0.1"])
    assert "127.0.0.1 (private): connection refused" in raised.value.message
    assert "Endpoint access: private; VPC vpc-1; cluster security group sg-1." in raised.value.message
    assert "security group sg-1" in raised.value.hint


def test_a_port_that_is_open_is_fine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reach.probe(at(f"https://127.0.0.1:{port}"), ["127.0.0.1"])


def test_public_addresses_of_a_private_endpoint_are_explained() -> None:
    both = replace(CLUSTER, public=True, public_cidrs=("0.0.0.0/0",))
    error = reach.no_route(both, ["52.1.2.3"], "no answer")
    assert "private and public (public from 0.0.0.0/0)" in error.message
    assert "The name gives public addresses although the endpoint is private too" in error.hint


def test_a_foreign_certificate_is_no_network_fault() -> None:
    call = Call(method="GET", path="/version", what="tell its version")
    error = reach.explain(
        Unreachable(call, Exception("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")), CLUSTER
    )
    assert error.title == "Another certificate than the cluster's"
    assert "NO_PROXY" in error.hint

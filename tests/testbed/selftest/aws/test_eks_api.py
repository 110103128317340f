"""EKS's API: clusters as private ones look, and access entries that reach aws-iam-authenticator's file."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from testbed.aws.world import role_id
from testbed.selftest.aws.in_process import CHAINED_DEV, DEPLOY_DEV, DEV, NODE_DEV, RUNNER, Aws, refusal

ALL = {"all": {"Statement": {"Effect": "Allow", "Action": "eks:*", "Resource": "*"}}}


@pytest.fixture
def admin(aws: Aws) -> Any:
    aws.backend.world.change_role(DEPLOY_DEV, trust=None, policies=ALL, max_session_duration=None)
    return aws.client("eks", aws.session(DEPLOY_DEV))


def test_a_private_cluster(aws: Aws) -> None:
    built = {
        "endpoint": "https://ABC.gr7.ap-northeast-2.eks.amazonaws.com",
        "certificate_authority_data": "Q0E=",
    }
    (aws.state / "clusters" / "dev" / "cluster.json").write_text(json.dumps(built))
    cluster = aws.client("eks", aws.session(DEPLOY_DEV)).describe_cluster(name="dev")["cluster"]
    assert (cluster["status"], cluster["endpoint"]) == ("ACTIVE", built["endpoint"])
    assert cluster["certificateAuthority"] == {"data": "Q0E="}
    assert cluster["arn"] == f"arn:aws:eks:ap-northeast-2:{DEV}:cluster/dev"
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is False
    assert cluster["accessConfig"]["authenticationMode"] == "API_AND_CONFIG_MAP"


def test_a_cluster_that_is_not_built_yet_has_no_endpoint(aws: Aws) -> None:
    cluster = aws.client("eks", aws.session(DEPLOY_DEV)).describe_cluster(name="dev")["cluster"]
    assert cluster["status"] == "CREATING"
    assert "endpoint" not in cluster


def test_a_cluster_of_another_account_is_not_there(aws: Aws) -> None:
    with pytest.raises(ClientError, match="No cluster found for name: prod") as caught:
        aws.client("eks", aws.session(DEPLOY_DEV)).describe_cluster(name="prod")
    assert refusal(caught.value)[::2] == ("ResourceNotFoundException", 404)


def test_refused(aws: Aws) -> None:
    who = "User: arn:aws:sts::111111111111:assumed-role/runner/test"
    with pytest.raises(ClientError) as caught:
        aws.client("eks", aws.session(RUNNER)).describe_cluster(name="dev")
    code, message, status = refusal(caught.value)
    assert (code, status) == ("AccessDeniedException", 403)
    resource = "arn:aws:eks:ap-northeast-2:111111111111:cluster/dev"
    assert message == (
        f"{who} is not authorized to perform: eks:DescribeCluster on resource: {resource} "
        "because no identity-based policy allows the eks:DescribeCluster action"
    )
    with pytest.raises(ClientError, match="eks:ListClusters"):
        aws.client("eks", aws.session(DEPLOY_DEV)).list_clusters()


def mapped(aws: Aws) -> dict[str, dict[str, Any]]:
    """What the authenticator of cluster dev reads, by role ARN."""
    text = (aws.state / "clusters" / "dev" / "access-entries.json").read_text()
    return {role["rolearn"]: role for role in json.loads(text)["mapRoles"]}


def test_the_organisations_entries(aws: Aws, admin: Any) -> None:
    assert admin.list_clusters()["clusters"] == ["dev"]
    entries = admin.list_access_entries(clusterName="dev")["accessEntries"]
    assert set(entries) == {DEPLOY_DEV, CHAINED_DEV, NODE_DEV}
    assert mapped(aws)[DEPLOY_DEV] == {
        "rolearn": DEPLOY_DEV,
        "userid": role_id(DEPLOY_DEV),
        "username": f"arn:aws:sts::{DEV}:assumed-role/github-deploy/{{{{SessionName}}}}",
        "groups": ["deployers"],
    }
    assert (
        admin.describe_access_entry(clusterName="dev", principalArn=NODE_DEV)["accessEntry"]["type"]
        == "EC2_LINUX"
    )


def test_entries_come_and_go(aws: Aws, admin: Any) -> None:
    arguments = {"clusterName": "dev", "principalArn": RUNNER}
    made = admin.create_access_entry(**arguments, kubernetesGroups=["viewers"])["accessEntry"]
    assert made["kubernetesGroups"] == ["viewers"]
    assert mapped(aws)[RUNNER]["groups"] == ["viewers"]
    policies = admin.list_associated_access_policies(**arguments)["associatedAccessPolicies"]
    assert policies == []
    with pytest.raises(ClientError, match="already in use") as caught:
        admin.create_access_entry(**arguments)
    assert refusal(caught.value)[::2] == ("ResourceInUseException", 409)
    admin.delete_access_entry(**arguments)
    assert RUNNER not in mapped(aws)
    with pytest.raises(ClientError, match="principalArn could not be found"):
        admin.describe_access_entry(**arguments)


def test_a_group_of_the_systems_cannot_be_given(admin: Any) -> None:
    with pytest.raises(ClientError, match="cannot start with system:"):
        admin.create_access_entry(clusterName="dev", principalArn=RUNNER, kubernetesGroups=["system:masters"])

"""EKS's API about access: authentication modes, access policies, and entries bound to their role's id."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from testbed.aws.eks.access_policies import ARN, CLUSTER_ADMIN
from testbed.selftest.aws.in_process import CHAINED_DEV, DEPLOY_DEV, NODE_DEV, RUNNER, Aws, refusal

ALL = {"all": {"Statement": {"Effect": "Allow", "Action": "eks:*", "Resource": "*"}}}
VIEW, EDIT = f"{ARN}AmazonEKSViewPolicy", f"{ARN}AmazonEKSEditPolicy"
DEV = {"clusterName": "dev"}
CHAINED = {**DEV, "principalArn": CHAINED_DEV}


@pytest.fixture
def eks(aws: Aws) -> Any:
    aws.backend.world.change_role(DEPLOY_DEV, trust=None, policies=ALL, max_session_duration=None)
    return aws.client("eks", aws.session(DEPLOY_DEV))


def create_as(aws: Aws, mode: str) -> None:
    aws.post("/clusters/dev", json.dumps({"authentication_mode": mode}).encode())


def mode(eks: Any) -> str:
    return str(eks.describe_cluster(name="dev")["cluster"]["accessConfig"]["authenticationMode"])


def change(eks: Any, wanted: str) -> Any:
    return eks.update_cluster_config(name="dev", accessConfig={"authenticationMode": wanted})["update"]


def file(aws: Aws, name: str) -> Any:
    return json.loads((aws.state / "clusters" / "dev" / name).read_text())


def test_the_mode_goes_one_way_a_step_at_a_time(aws: Aws, eks: Any) -> None:
    create_as(aws, "CONFIG_MAP")
    for step, backends in (("API_AND_CONFIG_MAP", "DynamicFile EKSConfigMap"), ("API", "DynamicFile")):
        update = change(eks, step)
        assert (update["status"], update["type"]) == ("InProgress", "AccessConfigUpdate")
        assert update["params"] == [{"type": "AuthenticationMode", "value": f'"{step}"'}]
        done = eks.describe_update(name="dev", updateId=update["id"])["update"]
        assert done["status"] == "Successful"
        assert mode(eks) == step
        assert file(aws, "authenticator-backends.json") == {"backendMode": backends}
    assert len(eks.list_updates(name="dev")["updateIds"]) == 2
    assert eks.list_access_entries(**DEV)["accessEntries"] == [NODE_DEV]


def test_no_other_change_of_the_mode(aws: Aws, eks: Any) -> None:
    for current, wanted in (
        ("CONFIG_MAP", "API"),
        ("API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP"),
        ("API_AND_CONFIG_MAP", "CONFIG_MAP"),
        ("API", "API_AND_CONFIG_MAP"),
    ):
        create_as(aws, current)
        with pytest.raises(ClientError) as caught:
            change(eks, wanted)
        sentence = f"Unsupported authentication mode update from {current} to {wanted}"
        assert refusal(caught.value) == ("InvalidParameterException", sentence, 400)
        assert mode(eks) == current


def test_in_config_map_mode_there_are_no_entries(aws: Aws, eks: Any) -> None:
    create_as(aws, "CONFIG_MAP")
    needed = (
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
        "operation."
    )
    whole = {"accessScope": {"type": "cluster"}}
    operations: dict[str, dict[str, Any]] = {
        "list_access_entries": DEV,
        "create_access_entry": CHAINED,
        "describe_access_entry": CHAINED,
        "update_access_entry": CHAINED,
        "delete_access_entry": CHAINED,
        "list_associated_access_policies": CHAINED,
        "associate_access_policy": {**CHAINED, "policyArn": VIEW, **whole},
        "disassociate_access_policy": {**CHAINED, "policyArn": VIEW},
    }
    for operation, arguments in operations.items():
        with pytest.raises(ClientError) as caught:
            getattr(eks, operation)(**arguments)
        assert refusal(caught.value) == ("InvalidRequestException", needed, 400), operation
    assert file(aws, "access-entries.json")["mapRoles"] == []


def test_a_mode_that_there_is_not(aws: Aws) -> None:
    answer = aws.post("/clusters/dev", b'{"authentication_mode": "IAM"}')
    assert (answer.status, b"IAM is not one of CONFIG_MAP" in answer.body) == (400, True)


def test_a_policy_is_associated_scoped_anew_and_disassociated(aws: Aws, eks: Any) -> None:
    in_a = {"type": "namespace", "namespaces": ["a"]}
    made = eks.associate_access_policy(**CHAINED, policyArn=VIEW, accessScope={"type": "cluster"})
    assert made["associatedAccessPolicy"]["accessScope"] == {"type": "cluster", "namespaces": []}
    eks.associate_access_policy(**CHAINED, policyArn=EDIT, accessScope=in_a)
    eks.associate_access_policy(**CHAINED, policyArn=VIEW, accessScope=in_a)
    found = eks.list_associated_access_policies(**CHAINED)["associatedAccessPolicies"]
    assert {p["policyArn"]: p["accessScope"] for p in found} == {EDIT: in_a, VIEW: in_a}
    assert eks.list_access_entries(**DEV, associatedPolicyArn=EDIT)["accessEntries"] == [CHAINED_DEV]
    role = aws.backend.world.role(CHAINED_DEV)
    assert role is not None
    assert [g["policy"] for g in file(aws, "access-policies.json")[role.id]] == [EDIT, VIEW]
    for policy in (EDIT, VIEW):
        eks.disassociate_access_policy(**CHAINED, policyArn=policy)
    assert file(aws, "access-policies.json") == {}
    with pytest.raises(ClientError, match="policyArn could not be found"):
        eks.disassociate_access_policy(**CHAINED, policyArn=EDIT)


def test_the_policies_that_there_are(eks: Any) -> None:
    listed = {policy["name"]: policy["arn"] for policy in eks.list_access_policies()["accessPolicies"]}
    assert listed["AmazonEKSClusterAdminPolicy"] == CLUSTER_ADMIN
    assert len(listed) == 6


def test_an_association_that_makes_no_sense(eks: Any) -> None:
    whole, nowhere = {"type": "cluster"}, {"type": "namespace"}
    for principal, policy, scope, code in (
        (CHAINED_DEV, f"{ARN}AmazonEKSKingPolicy", whole, "InvalidParameterException"),
        (CHAINED_DEV, "arn:aws:iam::aws:policy/Admin", whole, "InvalidParameterException"),
        (CHAINED_DEV, VIEW, nowhere, "InvalidParameterException"),
        (CHAINED_DEV, VIEW, {**whole, "namespaces": ["a"]}, "InvalidParameterException"),
        (NODE_DEV, VIEW, whole, "InvalidRequestException"),
        (RUNNER, VIEW, whole, "ResourceNotFoundException"),
    ):
        with pytest.raises(ClientError) as caught:
            eks.associate_access_policy(**DEV, principalArn=principal, policyArn=policy, accessScope=scope)
        assert refusal(caught.value)[0] == code, (principal, policy, scope)


def test_an_entry_is_changed_without_losing_what_is_not_named(aws: Aws, eks: Any) -> None:
    eks.associate_access_policy(**CHAINED, policyArn=VIEW, accessScope={"type": "cluster"})
    changed = eks.update_access_entry(**CHAINED, kubernetesGroups=["viewers"])["accessEntry"]
    assert (changed["kubernetesGroups"], changed["username"]) == (
        ["viewers"],
        "arn:aws:sts::222222222222:assumed-role/deploy-chained/{{SessionName}}",
    )
    assert changed["modifiedAt"] > changed["createdAt"]
    assert eks.update_access_entry(**CHAINED, username="ci:{{SessionName}}")["accessEntry"][
        "kubernetesGroups"
    ] == ["viewers"]
    assert eks.list_associated_access_policies(**CHAINED)["associatedAccessPolicies"] != []
    mapped = {role["rolearn"]: role for role in file(aws, "access-entries.json")["mapRoles"]}
    assert mapped[CHAINED_DEV]["username"] == "ci:{{SessionName}}"


def test_names_that_an_entry_cannot_have(eks: Any) -> None:
    for arguments, told in (
        ({"username": "system:admin"}, "cannot start with system:"),
        ({"username": "iam:x"}, "cannot start with iam:"),
        ({"username": "john{{SessionName}}"}, "a colon before"),
        ({"kubernetesGroups": ["system:masters"]}, "cannot start with system:"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["a"]}, "EC2_LINUX can have neither"),
    ):
        with pytest.raises(ClientError, match=told):
            eks.create_access_entry(**DEV, principalArn=RUNNER, **arguments)


def test_an_entry_needs_a_role_that_exists(eks: Any) -> None:
    with pytest.raises(ClientError) as caught:
        eks.create_access_entry(**DEV, principalArn=f"{RUNNER}-2")
    sentence = "The specified principalArn is invalid: invalid principal."
    assert refusal(caught.value) == ("InvalidParameterException", sentence, 400)


def test_a_role_made_again_is_another_than_its_entrys(aws: Aws, eks: Any) -> None:
    world = aws.backend.world
    before = world.role(CHAINED_DEV)
    world.remove_role(CHAINED_DEV)
    world.change_role(CHAINED_DEV, trust=None, policies=None, max_session_duration=None)
    again = world.role(CHAINED_DEV)
    assert before is not None
    assert again is not None
    assert before.id != again.id
    mapped = {role["userid"] for role in file(aws, "access-entries.json")["mapRoles"]}
    assert (before.id in mapped, again.id in mapped) == (True, False)
    eks.delete_access_entry(**CHAINED)
    eks.create_access_entry(**CHAINED)
    assert again.id in {role["userid"] for role in file(aws, "access-entries.json")["mapRoles"]}
    aws.post("/restore")
    assert world.role(CHAINED_DEV) == before

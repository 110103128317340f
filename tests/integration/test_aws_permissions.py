"""Every permission and condition that assume-role's calls rest on: without it, the named call is refused.

The documents are those of examples/aws: what a row takes away is what a user's role would lack.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.aws_world import Aws, Document, refusal, without
from testbed.bed import Bed

BUILD = "arn:aws:iam::111111111111:role/github-build"
CHAINED = "arn:aws:iam::222222222222:role/deploy-chained"
DEPLOY = "arn:aws:iam::222222222222:role/github-deploy"
GITHUB = "token.actions.githubusercontent.com"
TAGS = [{"Key": "Repository", "Value": "org/app"}]
HOP_POLICY = "assume-deploy-chained"
Call = Callable[[Aws], Any]


@pytest.fixture
def aws(bed: Bed) -> Iterator[Aws]:
    made = Aws(bed)
    yield made
    made.clean_up()


def first(aws: Aws, **job: Any) -> Any:
    return aws.web_identity(aws.build, aws.id_token(**job))


def chain(aws: Aws) -> Any:
    return aws.hop(first(aws), aws.chained)


def tagged_chain(aws: Aws) -> Any:
    return aws.hop(first(aws), aws.chained, Tags=TAGS)


def deploy(aws: Aws, **job: Any) -> Any:
    return aws.web_identity(aws.deploy, aws.id_token(environment="dev", **job))


# Which document loses which value; the call that needs it; what AWS names in its refusal.
Row = tuple[str, str, str, str, Call, str]
PERMISSIONS: list[Row] = [
    ("trust of", BUILD, "Action", "sts:AssumeRoleWithWebIdentity", first, "sts:AssumeRoleWithWebIdentity"),
    ("trust of", DEPLOY, "Action", "sts:AssumeRoleWithWebIdentity", deploy, "sts:AssumeRoleWithWebIdentity"),
    ("policy of", BUILD, "Action", "sts:AssumeRole", chain, "sts:AssumeRole"),
    ("policy of", BUILD, "Action", "sts:TagSession", tagged_chain, "sts:TagSession"),
    ("policy of", BUILD, "Resource", CHAINED, chain, "sts:AssumeRole"),
    ("trust of", CHAINED, "Action", "sts:AssumeRole", chain, "sts:AssumeRole"),
    ("trust of", CHAINED, "Action", "sts:TagSession", tagged_chain, "sts:TagSession"),
    ("trust of", CHAINED, "AWS", BUILD, chain, "sts:AssumeRole"),
]


@pytest.mark.parametrize(
    "row",
    PERMISSIONS,
    ids=[f"{r[0]} {r[1].rpartition('/')[2]}: {r[3].rpartition('/')[2]}" for r in PERMISSIONS],
)
def test_without_this_permission_the_call_is_refused(aws: Aws, row: Row) -> None:
    where, role, element, value, call, denied = row
    assert call(aws)["AccessKeyId"]
    copied = aws.renamed(value)
    if where == "trust of":
        aws.change(aws.renamed(role), trust=without(aws.trust(role), element, copied))
    else:
        policies = aws.policies(role)
        lessened = without(policies[HOP_POLICY], element, copied)
        aws.change(aws.renamed(role), policies={**policies, HOP_POLICY: lessened})
    with pytest.raises(ClientError) as caught:
        call(aws)
    code, message = refusal(caught.value)
    assert code == "AccessDenied"
    assert f"perform {denied}" in message or f"perform: {denied} on" in message


def unconditioned(document: Document, key: str) -> Document:
    """The trust policy as it would be without its condition on this key."""
    changed: Document = {**document, "Statement": [dict(statement) for statement in document["Statement"]]}
    for statement in changed["Statement"]:
        statement["Condition"] = {
            operator: {name: value for name, value in block.items() if name != key}
            for operator, block in statement["Condition"].items()
        }
    return changed


# Whom each condition keeps out: refused with it, let in without it.
CONDITIONS: list[tuple[str, str, dict[str, Any]]] = [
    (BUILD, f"{GITHUB}:sub", {"repository": "org/other"}),
    (BUILD, f"{GITHUB}:sub", {"repository": "evil/app"}),
    (BUILD, f"{GITHUB}:sub", {"ref": "refs/heads/topic"}),
    (BUILD, f"{GITHUB}:sub", {"event_name": "pull_request", "ref": "refs/pull/7/merge"}),
    (DEPLOY, f"{GITHUB}:sub", {"environment": "prod"}),
    (DEPLOY, f"{GITHUB}:sub", {"repository": "org/other", "environment": "dev"}),
]


@pytest.mark.parametrize(("role", "key", "job"), CONDITIONS)
def test_a_condition_keeps_out_whom_nothing_else_does(
    aws: Aws, role: str, key: str, job: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        aws.web_identity(aws.renamed(role), aws.id_token(**job))
    aws.change(aws.renamed(role), trust=unconditioned(aws.trust(role), key))
    assert aws.web_identity(aws.renamed(role), aws.id_token(**job))["AccessKeyId"]


@pytest.mark.parametrize("role", [BUILD, DEPLOY])
def test_the_audience_condition_is_narrower_than_the_providers_list(aws: Aws, role: str) -> None:
    """The provider's list refuses other audiences; the condition does where that list is longer."""
    account, job = role.split(":")[4], {"environment": "dev"} if role == DEPLOY else {}
    aws.providers(account, ["sts.amazonaws.com", "another-audience"])
    try:
        with pytest.raises(ClientError, match="Not authorized to perform"):
            aws.web_identity(aws.renamed(role), aws.id_token("another-audience", **job))
        aws.change(aws.renamed(role), trust=unconditioned(aws.trust(role), f"{GITHUB}:aud"))
        assert aws.web_identity(aws.renamed(role), aws.id_token("another-audience", **job))
    finally:
        aws.providers(account, ["sts.amazonaws.com"])


def test_the_table_knows_every_permission_of_the_documents(aws: Aws) -> None:
    """A permission that an example gains needs a row here."""
    in_rows = {
        (where, role, value) for where, role, element, value, _, _ in PERMISSIONS if element == "Action"
    }
    documents = [("trust of", role, aws.trust(role)) for role in (BUILD, CHAINED, DEPLOY)]
    documents.append(("policy of", BUILD, aws.policies(BUILD)[HOP_POLICY]))
    for where, role, document in documents:
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert {(where, role, action) for action in actions} <= in_rows
    conditions = {
        key
        for role in (BUILD, DEPLOY)
        for statement in aws.trust(role)["Statement"]
        for block in statement["Condition"].values()
        for key in block
    }
    assert conditions == {f"{GITHUB}:aud", f"{GITHUB}:sub"}

"""Who may do what: identity, session and resource policies together, within and across accounts."""

from typing import Any

import pytest

from testbed.aws.authority import Principal
from testbed.aws.iam.evaluate import Policies, Request, decide, federated_trust, service_trust

OWN, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{OWN}:role/runner"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/runner/i-1"
CALLER = Principal(arn=SESSION, account=OWN, role_arn=ROLE, user_id="AROA:i-1")
REPOSITORY = "arn:aws:ecr:ap-northeast-2:{}:repository/app"


def policy(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "ecr:PutImage", **elements}}


ALLOW = policy(Resource="*")
DENY = policy("Deny", Resource="*")
OTHER_ACTION = policy(Resource="*", Action="ecr:BatchGetImage")
TO_ACCOUNT = policy(Principal={"AWS": f"arn:aws:iam::{OWN}:root"})
TO_ROLE = policy(Principal={"AWS": [ROLE]})
TO_SESSION = policy(Principal={"AWS": SESSION})
TO_ALL = policy(Principal="*")
NO_IDENTITY = "because no identity-based policy allows the ecr:PutImage action"
NO_SESSION = "because no session policy allows the ecr:PutImage action"
NO_RESOURCE = "because no resource-based policy allows the ecr:PutImage action"


def policies(*identity: Any, session: Any = (), resource: Any = None) -> Policies:
    return Policies(identity=identity, session=tuple(session), resource=resource)


TABLE: list[tuple[str, str, Policies, str | None]] = [
    ("nothing allows", OWN, policies(), NO_IDENTITY),
    ("identity policy", OWN, policies(ALLOW), None),
    ("another action", OWN, policies(OTHER_ACTION), NO_IDENTITY),
    ("explicit deny wins", OWN, policies(ALLOW, DENY), "with an explicit deny in an identity-based policy"),
    ("session policy narrows", OWN, policies(ALLOW, session=[OTHER_ACTION]), NO_SESSION),
    ("session policy allows too", OWN, policies(ALLOW, session=[OTHER_ACTION, ALLOW]), None),
    ("session policy gives nothing", OWN, policies(session=[ALLOW]), NO_IDENTITY),
    (
        "session deny",
        OWN,
        policies(ALLOW, session=[ALLOW, DENY]),
        "with an explicit deny in a session policy",
    ),
    ("own account's resource names the role", OWN, policies(resource=TO_ROLE), None),
    ("own account's resource names everybody", OWN, policies(resource=TO_ALL), None),
    ("own account's resource names the account", OWN, policies(resource=TO_ACCOUNT), NO_IDENTITY),
    ("role grant is narrowed", OWN, policies(resource=TO_ROLE, session=[OTHER_ACTION]), NO_SESSION),
    ("session grant is not narrowed", OWN, policies(resource=TO_SESSION, session=[OTHER_ACTION]), None),
    (
        "resource deny",
        OWN,
        policies(ALLOW, resource=policy("Deny", Principal="*")),
        "with an explicit deny in a resource-based policy",
    ),
    ("another's deny", OWN, policies(ALLOW, resource=policy("Deny", Principal={"AWS": OTHER})), None),
    ("across: identity alone", OTHER, policies(ALLOW), NO_RESOURCE),
    ("across: resource alone", OTHER, policies(resource=TO_ROLE), NO_IDENTITY),
    ("across: both, by account", OTHER, policies(ALLOW, resource=TO_ACCOUNT), None),
    ("across: both, by account id", OTHER, policies(ALLOW, resource=policy(Principal={"AWS": OWN})), None),
    ("across: both, by role", OTHER, policies(ALLOW, resource=TO_ROLE), None),
    ("across: session policy", OTHER, policies(ALLOW, session=[OTHER_ACTION], resource=TO_ROLE), NO_SESSION),
]


@pytest.mark.parametrize(
    ("account", "given", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_decision(account: str, given: Policies, reason: str | None) -> None:
    request = Request(action="ecr:PutImage", resource=REPOSITORY.format(account), account=account)
    decision = decide(request, CALLER, given)
    assert (decision.allowed, decision.reason) == (reason is None, reason or "")


APP = "arn:aws:ecr:ap-northeast-2:111111111111:repository/app"
MATCHES: list[tuple[dict[str, Any], bool]] = [
    ({"Resource": APP}, True),
    ({"Resource": APP.replace("app", "ap?")}, True),
    ({"Resource": APP.replace("app", "*")}, True),
    ({"Resource": APP.replace("app", "team/*")}, False),
    ({"Resource": APP.upper()}, False),
    ({"NotResource": APP}, False),
    ({"NotResource": "arn:aws:s3:::*"}, True),
    ({"Resource": "*", "Action": "ECR:putimage"}, True),
    ({"Resource": "*", "Action": "ecr:Put*"}, True),
    ({"Resource": "*", "Action": ["s3:*", "ecr:?utImage"]}, True),
    ({"Resource": "*", "Action": "*"}, True),
    ({"Resource": "*", "Action": None, "NotAction": "ecr:*"}, False),
    ({"Resource": "*", "Action": None, "NotAction": ["iam:*", "ecr:Delete*"]}, True),
    ({"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
]


@pytest.mark.parametrize(("elements", "expected"), MATCHES)
def test_statement_matching(elements: dict[str, Any], expected: bool) -> None:
    request = Request(action="ecr:PutImage", resource=APP, account=OWN)
    assert decide(request, CALLER, policies(policy(**elements))).allowed is expected


PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"
WEB = "sts:AssumeRoleWithWebIdentity"
SUB = "token.actions.githubusercontent.com:sub"


def trust(**elements: Any) -> dict[str, Any]:
    return policy(**{"Action": WEB, "Principal": {"Federated": PROVIDER}, **elements})


TRUSTS: list[tuple[dict[str, Any], bool]] = [
    (trust(), True),
    (trust(Action="sts:AssumeRole"), False),
    (trust(Principal={"Federated": PROVIDER.replace(OWN, OTHER)}), False),
    (trust(Principal={"AWS": "*"}), False),
    (trust(Principal={"Service": "ec2.amazonaws.com"}), False),
    (trust(Condition={"StringEquals": {SUB: "repo:org/app:environment:dev"}}), True),
    (trust(Condition={"StringEquals": {SUB: "repo:org/app:environment:prod"}}), False),
    ({"Statement": [trust()["Statement"], trust(effect="Deny")["Statement"]]}, False),
    ({}, False),
]


@pytest.mark.parametrize(("document", "expected"), TRUSTS)
def test_federated_trust(document: dict[str, Any], expected: bool) -> None:
    context = {SUB: "repo:org/app:environment:dev"}
    assert federated_trust(document, PROVIDER, WEB, context) is expected


def test_service_trust() -> None:
    document = policy(Action="sts:AssumeRole", Principal={"Service": ["ec2.amazonaws.com"]})
    assert service_trust(document, "ec2.amazonaws.com", {})
    assert not service_trust(document, "lambda.amazonaws.com", {})

"""What holds for any policies: default deny, a deny that nothing overrules, and no right out of nothing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from testbed.aws.authority import Principal
from testbed.aws.iam.evaluate import Policies, Request, decide

ACCOUNTS = ["111111111111", "222222222222"]
ROLE = "arn:aws:iam::111111111111:role/runner"
CALLER = Principal(
    arn="arn:aws:sts::111111111111:assumed-role/runner/i-1",
    account="111111111111",
    role_arn=ROLE,
    user_id="AROA:i-1",
)
ACTIONS = ["ecr:PutImage", "ecr:BatchGetImage", "sts:AssumeRole"]
PATTERNS = [*ACTIONS, "ecr:*", "*", "ecr:Put*", "s3:*"]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": ROLE},
    {"AWS": "111111111111"},
    {"AWS": CALLER.arn},
    {"AWS": "333333333333"},
]

requests = st.builds(
    lambda action, account: Request(action=action, resource=f"arn:aws:x:r:{account}:thing", account=account),
    st.sampled_from(ACTIONS),
    st.sampled_from(ACCOUNTS),
)
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2),
        "Resource": st.sampled_from(["*", "arn:aws:x:r:111111111111:*", "arn:aws:x:r:222222222222:thing"]),
    }
)
documents = st.builds(lambda listed: {"Statement": listed}, st.lists(statements, max_size=3))
resource_statements = st.builds(
    lambda statement, principal: {**statement, "Principal": principal},
    statements,
    st.sampled_from(PRINCIPALS),
)
resource_documents = st.builds(
    lambda listed: {"Statement": listed}, st.lists(resource_statements, max_size=3)
)
policies = st.builds(
    lambda identity, session, resource: Policies(
        identity=tuple(identity), session=tuple(session), resource=resource
    ),
    st.lists(documents, max_size=2),
    st.lists(documents, max_size=2),
    st.none() | resource_documents,
)
DENY_ALL = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}


@given(requests, policies)
def test_a_deny_in_any_policy_wins(request: Request, given_policies: Policies) -> None:
    p = given_policies
    everyone = {"Statement": {**DENY_ALL["Statement"], "Principal": "*"}}
    for spoilt in (
        Policies(identity=(*p.identity, DENY_ALL), session=p.session, resource=p.resource),
        Policies(identity=p.identity, session=(*p.session, DENY_ALL), resource=p.resource),
        Policies(identity=p.identity, session=p.session, resource=everyone),
    ):
        decision = decide(request, CALLER, spoilt)
        assert not decision.allowed
        assert "explicit deny" in decision.reason


@given(requests, policies)
def test_across_accounts_no_side_is_enough_alone(request: Request, given_policies: Policies) -> None:
    p = given_policies
    if request.account == CALLER.account:
        return
    assert not decide(request, CALLER, Policies(identity=(), session=p.session, resource=p.resource)).allowed
    assert not decide(
        request, CALLER, Policies(identity=p.identity, session=p.session, resource=None)
    ).allowed


@given(requests, policies, documents)
def test_a_session_policy_never_gives_a_right(
    request: Request, given_policies: Policies, narrowing: dict[str, Any]
) -> None:
    p = given_policies
    wide = Policies(identity=p.identity, session=(), resource=p.resource)
    narrow = Policies(identity=p.identity, session=(narrowing,), resource=p.resource)
    assert decide(request, CALLER, wide).allowed or not decide(request, CALLER, narrow).allowed


@given(requests, policies)
def test_every_refusal_says_why(request: Request, given_policies: Policies) -> None:
    decision = decide(request, CALLER, given_policies)
    assert decision.allowed == (decision.reason == "")

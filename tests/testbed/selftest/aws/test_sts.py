"""STS's rules, through real botocore clients: who may assume what, and AWS's sentence for who may not."""

import json
import time
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError

from testbed.aws.sessions import Session
from testbed.selftest.aws.in_process import BUILD, CHAINED_DEV, DEPLOY_DEV, DEV, RUNNER, SHARED, Aws, refusal

GITHUB = "token.actions.githubusercontent.com"


def assume_with_token(aws: Aws, token: str, role: str = BUILD, **changes: Any) -> dict[str, Any]:
    arguments = {"RoleArn": role, "RoleSessionName": "session", "WebIdentityToken": token, **changes}
    answer: dict[str, Any] = aws.client("sts").assume_role_with_web_identity(**arguments)
    return answer


def session_of(aws: Aws, answer: dict[str, Any]) -> Session:
    found = aws.backend.sessions.find(answer["Credentials"]["AccessKeyId"])
    assert found is not None
    return found


def test_web_identity_answers_what_aws_answers(aws: Aws) -> None:
    answer = assume_with_token(aws, aws.id_token(), DurationSeconds=900)
    assert answer["SubjectFromWebIdentityToken"] == "repo:org/app:ref:refs/heads/main"
    assert answer["Audience"] == "sts.amazonaws.com"
    assert answer["Provider"] == f"arn:aws:iam::{SHARED}:oidc-provider/{GITHUB}"
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{SHARED}:assumed-role/github-build/session"
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":session")
    assert "PackedPolicySize" not in answer
    assert 890 < (answer["Credentials"]["Expiration"] - aws.now()).total_seconds() <= 900
    identity = aws.client("sts", session_of(aws, answer)).get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


NOT_AUTHORIZED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
INVALID = "InvalidIdentityToken"
NO_PROVIDER = f"No OpenIDConnect provider found in your account for https://{GITHUB}"
TOKENS: list[tuple[str, dict[str, Any], tuple[str, str, int]]] = [
    ("another branch", {"ref": "refs/heads/topic"}, NOT_AUTHORIZED),
    ("another repository", {"repository": "org/other"}, NOT_AUTHORIZED),
    ("a fork of the same name", {"repository": "evil/app"}, NOT_AUTHORIZED),
    ("a pull request", {"event_name": "pull_request", "ref": "refs/pull/7/merge"}, NOT_AUTHORIZED),
    ("an environment", {"environment": "dev"}, NOT_AUTHORIZED),
    ("immutable subject", {"immutable_sub": True}, NOT_AUTHORIZED),
    (
        "GitHub's default audience",
        {"audience": "https://github.com/org"},
        (INVALID, "Incorrect token audience", 400),
    ),
    (
        "another issuer",
        {"change": {"iss": "https://gitlab.com"}},
        (INVALID, "No OpenIDConnect provider found", 400),
    ),
    ("from the future", {"change": {"iat": time.time() + 3600}}, (INVALID, "could not be validated", 400)),
    (
        "expired",
        {"change": {"exp": 1_700_000_000}},
        ("ExpiredTokenException", "Token expired: current date/time ", 400),
    ),
]


@pytest.mark.parametrize(("token", "expected"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
def test_token_refused(aws: Aws, token: dict[str, Any], expected: tuple[str, str, int]) -> None:
    with pytest.raises(ClientError) as caught:
        assume_with_token(aws, aws.id_token(**token))
    code, message, status = refusal(caught.value)
    assert (code, status) == (expected[0], expected[2])
    assert expected[1] in message


def test_tokens_that_are_none(aws: Aws) -> None:
    good = aws.id_token()
    head, payload, signature = good.split(".")
    changed = f"{head}.{payload}.{signature[:-8]}AAAAAAAA"
    unknown_key = aws.issuer.token({"iss": f"https://{GITHUB}", "aud": "sts.amazonaws.com"}, {"kid": "other"})
    for token, message in [
        ("not.a.token", "not a valid JWT"),
        (changed, "could not be validated"),
        (unknown_key, "Couldn't retrieve verification key from your identity provider"),
    ]:
        with pytest.raises(ClientError, match=message):
            assume_with_token(aws, token)


def test_unsigned_algorithm_is_refused(aws: Aws) -> None:
    claims = jwt.decode(aws.id_token(), options={"verify_signature": False})
    forged = jwt.encode(claims, "", algorithm="none", headers={"kid": aws.issuer.key_id})
    with pytest.raises(ClientError, match="could not be validated"):
        assume_with_token(aws, forged)


def test_an_account_without_the_provider(aws: Aws) -> None:
    aws.backend.world.change_provider(SHARED, GITHUB, None)
    with pytest.raises(ClientError, match=NO_PROVIDER):
        assume_with_token(aws, aws.id_token())


def test_a_role_that_is_not_there_is_no_different_from_one_that_says_no(aws: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        assume_with_token(aws, aws.id_token(), f"arn:aws:iam::{SHARED}:role/nobody")
    assert refusal(caught.value) == NOT_AUTHORIZED


def test_githubs_claims_are_condition_keys(aws: Aws) -> None:
    trust = json.loads(json.dumps(aws.backend.world.role(BUILD).trust))  # type: ignore[union-attr]
    trust["Statement"][0]["Condition"] = {"StringEquals": {f"{GITHUB}:repository": "org/app"}}
    aws.backend.world.change_role(BUILD, trust=trust, policies=None, max_session_duration=None)
    assert assume_with_token(aws, aws.id_token(ref="refs/heads/topic"))
    with pytest.raises(ClientError, match="Not authorized"):
        assume_with_token(aws, aws.id_token(repository="org/other"))


PARAMETERS: list[tuple[dict[str, Any], str]] = [
    ({"DurationSeconds": 43201}, "Member must have value less than or equal to 43200"),
    (
        {"DurationSeconds": 3601},
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    ({"RoleSessionName": "a b"}, r"Member must satisfy regular expression pattern: [\w+=,.@-]*"),
    ({"RoleSessionName": "x" * 65}, "Member must have length less than or equal to 64"),
    ({"RoleArn": "arn:aws:iam::111111111111:user/somebody"}, "Request ARN is invalid"),
    ({"RoleArn": "role/github-build-somewhere"}, "role/github-build-somewhere is invalid"),
    ({"Policy": "{"}, "This policy contains invalid Json"),
    ({"Policy": "x" * 2049}, "Member must have length less than or equal to 2048"),
]


@pytest.mark.parametrize(("changes", "message"), PARAMETERS)
def test_parameters_refused(aws: Aws, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as caught:
        assume_with_token(aws, aws.id_token(), **changes)
    assert message in refusal(caught.value)[1]
    assert refusal(caught.value)[2] == 400


def assume(aws: Aws, session: Session, role: str = CHAINED_DEV, **changes: Any) -> dict[str, Any]:
    arguments = {"RoleArn": role, "RoleSessionName": "hop", **changes}
    answer: dict[str, Any] = aws.client("sts", session).assume_role(**arguments)
    return answer


def test_chain_into_another_account(aws: Aws) -> None:
    answer = assume(aws, aws.session(BUILD), Tags=[{"Key": "Repository", "Value": "org/app"}])
    assert answer["PackedPolicySize"] > 0
    identity = aws.client("sts", session_of(aws, answer)).get_caller_identity()
    assert identity["Account"] == DEV
    assert identity["Arn"] == f"arn:aws:sts::{DEV}:assumed-role/deploy-chained/hop"


def test_chained_sessions_last_an_hour_at_most_but_not_those_of_an_instance(aws: Aws) -> None:
    aws.backend.world.change_role(CHAINED_DEV, trust=None, policies=None, max_session_duration=43200)
    with pytest.raises(
        ClientError, match="exceeds the 1 hour session limit for roles assumed by role chaining"
    ):
        assume(aws, aws.session(BUILD), DurationSeconds=3601)
    assert assume(aws, aws.session(RUNNER, instance=True), DurationSeconds=3601)


def change_statement(aws: Aws, role: str, *, in_trust: bool, **elements: Any) -> None:
    """Change the one statement of a role's trust policy, or of its assume-deploy-chained policy."""
    state = aws.backend.world.role(role)
    assert state is not None
    document = state.trust if in_trust else state.policies["assume-deploy-chained"]
    changed = {**document, "Statement": [{**document["Statement"][0], **elements}]}
    policies = None if in_trust else {**state.policies, "assume-deploy-chained": changed}
    trust = changed if in_trust else None
    aws.backend.world.change_role(role, trust=trust, policies=policies, max_session_duration=None)


TAGS: dict[str, Any] = {"Tags": [{"Key": "Repository", "Value": "org/app"}]}
WHO = f"User: arn:aws:sts::{SHARED}:assumed-role/github-build/test is not authorized to perform: "
HOPS: list[tuple[str, dict[str, Any], dict[str, Any], str | None]] = [
    ("as it is", {}, TAGS, None),
    ("no TagSession here", {"role": BUILD, "Action": "sts:AssumeRole"}, TAGS, "sts:TagSession"),
    ("no TagSession there", {"role": CHAINED_DEV, "Action": "sts:AssumeRole"}, TAGS, "sts:TagSession"),
    ("untagged needs no TagSession", {"role": CHAINED_DEV, "Action": "sts:AssumeRole"}, {}, None),
    ("no AssumeRole here", {"role": BUILD, "Action": "sts:TagSession"}, {}, "sts:AssumeRole"),
    ("no AssumeRole there", {"role": CHAINED_DEV, "Action": "sts:TagSession"}, {}, "sts:AssumeRole"),
    ("another role here", {"role": BUILD, "Resource": DEPLOY_DEV}, {}, "sts:AssumeRole"),
    ("another principal there", {"role": CHAINED_DEV, "Principal": {"AWS": RUNNER}}, {}, "sts:AssumeRole"),
    ("source identity", {}, {"SourceIdentity": "octocat"}, "sts:SetSourceIdentity"),
    (
        "external id missing",
        {"role": CHAINED_DEV, "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}},
        {},
        "sts:AssumeRole",
    ),
    (
        "external id given",
        {"role": CHAINED_DEV, "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}},
        {"ExternalId": "secret"},
        None,
    ),
    (
        "required tag value",
        {"role": CHAINED_DEV, "Condition": {"StringEquals": {"aws:RequestTag/Repository": "org/other"}}},
        TAGS,
        "sts:AssumeRole",
    ),
    (
        "only known tags",
        {"role": CHAINED_DEV, "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["Repository"]}}},
        TAGS,
        None,
    ),
]


@pytest.mark.parametrize(
    ("change", "arguments", "denied"), [row[1:] for row in HOPS], ids=[row[0] for row in HOPS]
)
def test_hop(aws: Aws, change: dict[str, Any], arguments: dict[str, Any], denied: str | None) -> None:
    if change:
        elements = {name: value for name, value in change.items() if name != "role"}
        change_statement(aws, change["role"], in_trust=change["role"] == CHAINED_DEV, **elements)
    session = aws.session(BUILD)
    if denied is None:
        assert assume(aws, session, **arguments)
        return
    with pytest.raises(ClientError) as caught:
        assume(aws, session, **arguments)
    assert refusal(caught.value) == ("AccessDenied", f"{WHO}{denied} on resource: {CHAINED_DEV}", 403)


def test_transitive_tags_follow_the_chain_and_cannot_be_sent_again(aws: Aws) -> None:
    onward = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}
    trust = {"Statement": {**onward, "Principal": {"AWS": CHAINED_DEV}}}
    aws.backend.world.change_role(DEPLOY_DEV, trust=trust, policies=None, max_session_duration=None)
    aws.backend.world.change_role(
        CHAINED_DEV, trust=None, policies={"on": {"Statement": onward}}, max_session_duration=None
    )
    first = session_of(aws, assume(aws, aws.session(BUILD), **TAGS, TransitiveTagKeys=["Repository"]))
    second = session_of(aws, assume(aws, first, DEPLOY_DEV))
    assert second.principal.tags == {"Repository": "org/app"}
    with pytest.raises(ClientError, match="conflicts with a transitive tag key"):
        assume(aws, first, DEPLOY_DEV, **TAGS)


def test_too_many_long_tags_are_too_large(aws: Aws) -> None:
    tags = [{"Key": f"key{n:02}", "Value": "v" * 200} for n in range(50)]
    with pytest.raises(
        ClientError, match=r"Packed size of session tags consumes \d+% of allotted space"
    ) as caught:
        assume(aws, aws.session(BUILD), Tags=tags)
    assert refusal(caught.value)[0] == "PackedPolicyTooLarge"


def test_a_session_policy_narrows_what_the_session_may(aws: Aws) -> None:
    only_login = {"Statement": {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}}
    answer = assume_with_token(aws, aws.id_token(), Policy=json.dumps(only_login))
    ecr = aws.client("ecr", session_of(aws, answer))
    assert ecr.get_authorization_token()["authorizationData"]
    with pytest.raises(ClientError, match="because no session policy allows the ecr:DescribeImages action"):
        ecr.describe_images(repositoryName="app")


def test_sessions_expire(aws: Aws) -> None:
    session = session_of(aws, assume_with_token(aws, aws.id_token(), DurationSeconds=900))
    assert aws.client("sts", session).get_caller_identity()
    aws.backend.sessions.expire(session.access_key)
    with pytest.raises(ClientError, match="ExpiredToken"):
        aws.client("sts", session).get_caller_identity()


def test_managed_policies_of_aws_narrow_too(aws: Aws) -> None:
    read_only = [{"arn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"}]
    answer = assume_with_token(aws, aws.id_token(), PolicyArns=read_only)
    assert answer["PackedPolicySize"] >= 0
    ecr = aws.client("ecr", session_of(aws, answer))
    assert ecr.describe_images(repositoryName="app")["imageDetails"] == []
    with pytest.raises(ClientError, match="because no session policy allows the ecr:PutImage action"):
        ecr.put_image(repositoryName="app", imageManifest="{}")
    with pytest.raises(ClientError, match="does not exist or is not attachable"):
        assume_with_token(aws, aws.id_token(), PolicyArns=[{"arn": "arn:aws:iam::aws:policy/NoSuchPolicy"}])

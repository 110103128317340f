"""AWS on its real host names, over TLS, by boto3: what it grants, and every refusal."""

import base64
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.aws_world import Aws, refusal
from testbed.bed import Bed
from testbed.oidc.claims import ISSUER

SHARED, DEV = "111111111111", "222222222222"
RUNNER = f"arn:aws:iam::{SHARED}:role/runner"


@pytest.fixture
def aws(bed: Bed) -> Iterator[Aws]:
    made = Aws(bed)
    yield made
    made.clean_up()


def test_from_githubs_token_into_the_environments_account(aws: Aws) -> None:
    build = aws.web_identity(aws.build, aws.id_token())
    chained = aws.hop(build, aws.chained, Tags=[{"Key": "Repository", "Value": "org/app"}])
    identity = aws.client("sts", chained).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{DEV}:assumed-role/{aws.chained.rpartition('/')[2]}/test"
    cluster = aws.client("eks", chained).describe_cluster(name="dev")["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["endpoint"].endswith(".eks.amazonaws.com")


def test_the_registry_takes_the_token_of_get_authorization_token(aws: Aws) -> None:
    data = aws.client("ecr", aws.web_identity(aws.build, aws.id_token())).get_authorization_token()
    password = base64.b64decode(data["authorizationData"][0]["authorizationToken"]).decode().partition(":")[2]
    assert aws.docker_login(password, aws.bed.org.registry) == 200
    assert aws.docker_login("guessed", aws.bed.org.registry) == 403


def test_a_session_that_has_expired(aws: Aws) -> None:
    credentials = aws.web_identity(aws.build, aws.id_token())
    aws.bed.control.post("/expire", access_key_id=credentials["AccessKeyId"])
    for service, operation, code in [
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("ecr", "get_authorization_token", "ExpiredTokenException"),
    ]:
        with pytest.raises(ClientError) as caught:
            getattr(aws.client(service, credentials), operation)()
        assert refusal(caught.value) == (code, "The security token included in the request is expired")


def test_every_call_is_recorded_without_secrets(aws: Aws) -> None:
    token = aws.id_token()
    aws.web_identity(aws.build, token, RoleSessionName="recorded")
    calls = [c for c in aws.bed.control.get("/calls") if c["parameters"].get("RoleSessionName") == "recorded"]
    assert calls[-1]["action"] == "sts:AssumeRoleWithWebIdentity"
    assert calls[-1]["outcome"] == "ok"
    assert calls[-1]["parameters"]["WebIdentityToken"] == "***"
    assert token not in (aws.bed.state / "aws" / "calls.jsonl").read_text()


def web(aws: Aws, role: str | None = None, **job: Any) -> Any:
    return aws.web_identity(role or aws.build, aws.id_token(**job))


def build(aws: Aws) -> Any:
    return aws.web_identity(aws.build, aws.id_token())


def forged(aws: Aws) -> str:
    head, payload, signature = aws.id_token().split(".")
    return f"{head}.{payload}.{signature[:-8]}AAAAAAAA"


def signed(aws: Aws, **claims: Any) -> str:
    """The issuer's signature under claims that GitHub would not make."""
    return str(aws.bed.control.post("/id-tokens", claims=claims)["token"])


NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
WHO = "/test is not authorized to perform:"
INVALID_KEY = "The security token included in the request is invalid."
GITHUB_CLAIMS = {
    "iss": ISSUER,
    "aud": "sts.amazonaws.com",
    "sub": "repo:org/app:ref:refs/heads/main",
    "iat": 1,
}
Attempt = Callable[[Aws], Any]
REFUSALS: list[tuple[str, Attempt, str, str]] = [
    ("another branch", lambda a: web(a, ref="refs/heads/topic"), "AccessDenied", NOT_AUTHORIZED),
    ("another repository", lambda a: web(a, repository="org/other"), "AccessDenied", NOT_AUTHORIZED),
    ("another environment", lambda a: web(a, a.deploy, environment="prod"), "AccessDenied", NOT_AUTHORIZED),
    ("no environment", lambda a: web(a, a.deploy), "AccessDenied", NOT_AUTHORIZED),
    ("no such role", lambda a: web(a, f"{a.build}-none"), "AccessDenied", NOT_AUTHORIZED),
    ("a role for instances", lambda a: web(a, RUNNER), "AccessDenied", NOT_AUTHORIZED),
    (
        "another audience",
        lambda a: web(a, audience="other"),
        "InvalidIdentityToken",
        "Incorrect token audience",
    ),
    (
        "an account without provider",
        lambda a: web(a, "arn:aws:iam::999999999999:role/x"),
        "InvalidIdentityToken",
        f"No OpenIDConnect provider found in your account for {ISSUER}",
    ),
    (
        "no JWT",
        lambda a: a.web_identity(a.build, "x.y.z"),
        "InvalidIdentityToken",
        "The ID Token provided is not a valid JWT",
    ),
    (
        "forged",
        lambda a: a.web_identity(a.build, forged(a)),
        "InvalidIdentityToken",
        "could not be validated by AWS",
    ),
    (
        "expired",
        lambda a: a.web_identity(a.build, signed(a, **GITHUB_CLAIMS, exp=2)),
        "ExpiredTokenException",
        "must be before the expiration date/time 2",
    ),
    (
        "too long for the role",
        lambda a: a.web_identity(a.build, a.id_token(), DurationSeconds=3601),
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    (
        "too long for a chain",
        lambda a: a.hop(build(a), a.chained, DurationSeconds=3601),
        "ValidationError",
        "exceeds the 1 hour session limit for roles assumed by role chaining",
    ),
    (
        "a role that doesn't trust us",
        lambda a: a.hop(build(a), a.deploy),
        "AccessDenied",
        f"{WHO} sts:AssumeRole",
    ),
    ("unsigned", lambda a: a.client("sts").get_caller_identity(), "MissingAuthenticationToken", "is missing"),
    (
        "unknown key",
        lambda a: a.client("sts", {**build(a), "AccessKeyId": "ASIAAAAAAAAAAAAAAAAA"}).get_caller_identity(),
        "InvalidClientTokenId",
        INVALID_KEY,
    ),
    (
        "unknown key, JSON",
        lambda a: a.client(
            "ecr", {**build(a), "AccessKeyId": "ASIAAAAAAAAAAAAAAAAA"}
        ).get_authorization_token(),
        "UnrecognizedClientException",
        INVALID_KEY,
    ),
    (
        "wrong secret",
        lambda a: a.client("sts", {**build(a), "SecretAccessKey": "x"}).get_caller_identity(),
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match",
    ),
    (
        "wrong secret, REST",
        lambda a: a.client("eks", {**build(a), "SecretAccessKey": "x"}).describe_cluster(name="dev"),
        "InvalidSignatureException",
        "The request signature we calculated does not match",
    ),
    (
        "repository out of reach",
        lambda a: a.client("ecr", build(a)).describe_images(repositoryName="other"),
        "AccessDeniedException",
        f"{WHO} ecr:DescribeImages on resource: arn:aws:ecr:ap-northeast-2:{SHARED}:repository/other because",
    ),
    (
        "action not granted",
        lambda a: a.client("ecr", build(a)).delete_repository(repositoryName="app"),
        "AccessDeniedException",
        f"{WHO} ecr:DeleteRepository",
    ),
    (
        "repository that isn't there",
        lambda a: a.client("ecr", build(a)).describe_repositories(repositoryNames=["team/none"]),
        "RepositoryNotFoundException",
        f"does not exist in the registry with id '{SHARED}'",
    ),
    (
        "cluster of another account",
        lambda a: a.client("eks", web(a, a.deploy, environment="dev")).describe_cluster(name="prod"),
        "ResourceNotFoundException",
        "No cluster found for name: prod.",
    ),
    (
        "listing clusters",
        lambda a: a.client("eks", web(a, a.deploy, environment="dev")).list_clusters(),
        "AccessDeniedException",
        "is not authorized to perform: eks:ListClusters",
    ),
    (
        "IAM",
        lambda a: a.client("iam", build(a)).get_role(RoleName="github-build"),
        "AccessDenied",
        f"{WHO} iam:GetRole on resource: arn:aws:iam::{SHARED}:role/github-build",
    ),
]


@pytest.mark.parametrize(
    ("attempt", "code", "message"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_refused(aws: Aws, attempt: Attempt, code: str, message: str) -> None:
    with pytest.raises(ClientError) as caught:
        attempt(aws)
    assert refusal(caught.value)[0] == code
    assert message in refusal(caught.value)[1]


def test_a_job_cannot_ask_without_its_token(aws: Aws) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        aws.github("POST", "/_service/jobs", "guessed", {"repository": "org/app", "ref": "refs/heads/main"})

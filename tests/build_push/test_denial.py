import pytest
from botocore.exceptions import ClientError

from actionkit.aws.identity import Credentials, Identity
from build_push import denial
from build_push.ecr_host import EcrHost
from build_push.target import Repository

CALLER = "arn:aws:sts::111111111111:assumed-role/github-build/GitHubActions"
WHO = Identity(
    credentials=Credentials(access_key_id="ASIAEXAMPLE", secret_access_key="x"),
    arn=CALLER,
    account="111111111111",
    source="oidc",
    found=True,
    chain=(),
    expiration=None,
)


def repository(account: str = "111111111111", region: str = "ap-northeast-2") -> Repository:
    host = EcrHost(host=f"{account}.dkr.ecr.{region}.amazonaws.com", account=account, region=region)
    return Repository(host=host, name="team/app", tags=("1",))


def answer(code: str, message: str = "", operation: str = "BatchGetImage") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def test_denied_call_names_caller_action_and_resource() -> None:
    error = denial.of(answer("AccessDeniedException"), WHO, repository())
    assert isinstance(error, denial.Denied)
    assert error.message == (
        f"{CALLER} is not allowed ecr:BatchGetImage on "
        "arn:aws:ecr:ap-northeast-2:111111111111:repository/team/app."
    )


@pytest.mark.parametrize(
    ("said", "account", "side"),
    [
        (
            "because no identity-based policy allows the ecr:BatchGetImage action",
            "111111111111",
            "policy of the role",
        ),
        ("because no identity-based policy allows it", "222222222222", "both must allow it"),
        (
            "with an explicit deny in a service control policy",
            "111111111111",
            "service control policy of the",
        ),
        ("with an explicit deny in an identity-based policy", "111111111111", "denies it explicitly"),
        (
            "with an explicit deny in a resource-based policy",
            "111111111111",
            "The repository's policy denies",
        ),
        ("because no permissions boundary allows the action", "111111111111", "permissions boundary"),
        ("because no VPC endpoint policy allows the action", "111111111111", "VPC endpoint doesn't allow"),
        ("because no session policy allows the action", "111111111111", "session's policy"),
    ],
)
def test_side_where_the_permission_is_missing(said: str, account: str, side: str) -> None:
    assert side in denial.of(answer("AccessDeniedException", said), WHO, repository(account)).hint


def test_login_that_is_denied_is_about_no_repository() -> None:
    error = denial.of(answer("AccessDeniedException", operation="GetAuthorizationToken"), WHO, None)
    assert "ecr:GetAuthorizationToken on `*`" in error.message
    assert "correct the tag" not in error.hint


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("111111111111", []),
        ("222222222222", ["credentials of account 222222222222", "account 111111111111's"]),
    ],
)
def test_missing_repository_comes_with_the_command_that_makes_it(account: str, words: list[str]) -> None:
    error = denial.of(answer("RepositoryNotFoundException"), WHO, repository(account))
    assert f"no repository `team/app` in the registry of account {account}" in error.message
    for word in ["aws ecr create-repository --region ap-northeast-2 --repository-name team/app", *words]:
        assert word in error.hint


def test_other_partitions_have_their_own_arns() -> None:
    error = denial.of(answer("AccessDeniedException"), WHO, repository(region="cn-north-1"))
    assert "arn:aws-cn:ecr:cn-north-1:" in error.message


def test_any_other_answer_keeps_awss_words() -> None:
    error = denial.of(answer("ServerException", "try later"), WHO, repository())
    assert not isinstance(error, denial.Denied)
    assert "try later" in error.message

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from actionkit.aws.identity import Credentials, Identity
from eks_deploy.eks_token import PREFIX, RENEW_AFTER, Token, presign, sts_host
from fakes import FakeClock

IDENTITY = Identity(
    credentials=Credentials(
        access_key_id="AKIDEXAMPLE", secret_access_key="secret", session_token="sess/ion"
    ),
    arn="arn:aws:sts::222222222222:assumed-role/deploy/s",
    account="222222222222",
    source="environment",
    found=True,
    chain=(),
    expiration=None,
)
WHERE = {"host": "sts.eu-west-1.amazonaws.com", "region": "eu-west-1", "cluster": "dev"}


def decoded(token: str) -> str:
    encoded = token.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def test_the_token_is_what_the_authenticator_takes() -> None:
    """The rules: https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go"""
    token = presign(IDENTITY, **WHERE)
    assert token.startswith("k8s-aws-v1.")
    assert "=" not in token
    assert len(token) <= 4096
    url = urlsplit(decoded(token))
    assert (url.scheme, url.netloc, url.path) == ("https", "sts.eu-west-1.amazonaws.com", "/")
    query = parse_qs(url.query, strict_parsing=True)
    assert {name for name, values in query.items() if len(values) > 1} == set()
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-Security-Token"] == ["sess/ion"]
    assert query["X-Amz-Credential"][0].endswith("/eu-west-1/sts/aws4_request")


def test_a_token_without_a_session_has_no_session_token() -> None:
    user = Identity(
        credentials=Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret"),
        arn="arn:aws:iam::222222222222:user/u",
        account="222222222222",
        source="environment",
        found=True,
        chain=(),
        expiration=None,
    )
    assert "X-Amz-Security-Token" not in decoded(presign(user, **WHERE))


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "sts.eu-west-1.amazonaws.com"),
        ("aws-us-gov", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("aws-cn", "cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_regional_endpoint_of_the_partition(partition: str, region: str, host: str) -> None:
    assert sts_host(partition, region) == host


def test_a_token_is_kept_until_ten_minutes_and_renewed_before_fifteen() -> None:
    clock = FakeClock()
    signed: list[str] = []
    token = Token(lambda: signed.append("") or f"token {len(signed)}", clock, lambda _: None)
    assert [token.value(), token.value()] == ["token 1", "token 1"]
    clock.advance(RENEW_AFTER)
    assert token.value() == "token 2"
    assert RENEW_AFTER < 15 * 60


def test_a_refused_token_is_renewed_once_however_many_threads_saw_it_refused() -> None:
    signed: list[str] = []
    token = Token(lambda: signed.append("") or f"token {len(signed)}", FakeClock(), lambda _: None)
    first = token.value()
    token.discard(first)
    second = token.value()
    token.discard(first)
    assert token.value() == second == "token 2"


def test_every_new_token_is_told_to_be_masked_before_it_is_used() -> None:
    masked: list[str] = []
    token = Token(lambda: "token", FakeClock(), masked.append)
    token.value()
    assert masked == ["token"]

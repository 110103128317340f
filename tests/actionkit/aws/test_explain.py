import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from actionkit.aws.explain import explain, is_transient
from actionkit.aws.identity import Credentials, Identity
from actionkit.errors import ActionError

ME = Identity(
    credentials=Credentials(access_key_id="AKIA", secret_access_key="canary", session_token="canary"),
    arn="arn:aws:sts::111111111111:assumed-role/runner/i-0abc",
    account="111111111111",
    source="instance",
    found=True,
    chain=(),
    expiration=None,
)
URL = "https://eks.ap-northeast-2.amazonaws.com/clusters/dev"


def refused(code: str, message: str = "because", status: int = 400) -> ClientError:
    metadata = {"RequestId": "request-1", "HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "X")


def told(error: Exception, hint: str = "") -> ActionError:
    return explain(error, doing="describing the cluster dev", identity=ME, hint=hint)


def test_a_denial_says_who_did_what_and_what_aws_said() -> None:
    found = told(refused("AccessDeniedException"), "Allow eks:DescribeCluster.")
    assert found.title == "AWS denied access"
    for words in ("describing the cluster dev", ME.arn, "AccessDeniedException: because", "request-1"):
        assert words in found.message
    assert found.hint == "Allow eks:DescribeCluster."


@pytest.mark.parametrize(
    ("error", "title", "said"),
    [
        (refused("ExpiredTokenException"), "have expired", "role-duration-seconds"),
        (refused("RequestTimeTooSkewed"), "signature", "NTP"),
        (refused("UnrecognizedClientException"), "doesn't know the access key", "AWS_SESSION_TOKEN"),
        (refused("ThrottlingException"), "AWS is busy", "Re-run"),
        (refused("InternalError", status=503), "AWS is busy", "Re-run"),
        (refused("ResourceNotFoundException"), "AWS refused", "the caller's hint"),
        (
            exceptions.EndpointConnectionError(endpoint_url=URL),
            "can't be reached",
            "eks.ap-northeast-2.amazonaws.com has no address",
        ),
        (exceptions.ReadTimeoutError(endpoint_url=URL), "can't be reached", "stayed silent"),
        (exceptions.SSLError(endpoint_url=URL, error="x"), "isn't trusted", "AWS_CA_BUNDLE"),
        (
            exceptions.ProxyConnectionError(proxy_url="http://user:canary@proxy:3128"),
            "can't be reached",
            "proxy:3128",
        ),
        (exceptions.NoCredentialsError(), "No AWS credentials", "assume-role"),
        (exceptions.UnknownServiceError(service_name="x", known_service_names="y"), "AWS call failed", "x"),
    ],
)
def test_each_kind_has_its_own_words(error: Exception, title: str, said: str) -> None:
    found = told(error, "the caller's hint")
    assert title in found.title
    assert said in found.text
    assert "canary" not in found.text


@pytest.mark.parametrize(
    ("error", "heals"),
    [
        (refused("ThrottlingException"), True),
        (refused("Whatever", status=500), True),
        (refused("AccessDenied", status=403), False),
        (exceptions.ConnectTimeoutError(endpoint_url=URL), True),
        (exceptions.SSLError(endpoint_url=URL, error="x"), False),
        (ValueError("x"), False),
    ],
)
def test_only_trouble_on_the_way_may_heal(error: Exception, heals: bool) -> None:
    assert is_transient(error) is heals

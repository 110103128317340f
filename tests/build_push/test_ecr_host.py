import pytest

from build_push import ecr_host
from build_push.ecr_host import EcrHost


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("111111111111.dkr.ecr.ap-northeast-2.amazonaws.com", "ap-northeast-2"),
        ("111111111111.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("111111111111.dkr-ecr.us-east-1.on.aws", "us-east-1"),
        ("111111111111.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ],
)
def test_private_registries_are_recognised(host: str, region: str) -> None:
    assert ecr_host.parse(host) == EcrHost(host=host, account="111111111111", region=region)


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("11111111111.dkr.ecr.us-east-1.amazonaws.com", True),
        ("dkr.ecr.us-east-1.amazonaws.com", True),
        ("111111111111.ecr.us-east-1.amazonaws.com", True),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com:443", True),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com.evil.example", True),
        ("public.ecr.aws", False),
        ("ghcr.io", False),
        ("localhost:5000", False),
    ],
)
def test_other_hosts_are_not(host: str, meant: bool) -> None:
    assert ecr_host.parse(host) is None
    assert ecr_host.resembles(host) is meant


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("app", ""),
        ("team/service-a.b_c", ""),
        ("a", "at least 2"),
        ("a__b", "in a row"),
        ("a--b", "in a row"),
    ],
)
def test_ecr_is_stricter_about_names_than_docker(name: str, problem: str) -> None:
    found = ecr_host.repository_problem(name)
    assert (problem in found) if problem else not found


def test_hosts_are_found_in_text_once_each() -> None:
    first, second = (f"{account * 12}.dkr.ecr.us-east-1.amazonaws.com" for account in "12")
    text = f"FROM {first}/base:1\nCOPY --from={second}/tools:1 /x /x\nFROM {first}/base:2\n"
    assert [each.host for each in ecr_host.hosts_in(text)] == [first, second]

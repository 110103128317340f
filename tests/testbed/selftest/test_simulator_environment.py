"""The runner's own environment: its .env file, and what it makes of proxies."""

import pytest

from testbed.simulator.environment import env_file, proxies

URL = "http://10.0.0.1:3128"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1\n\nB=x=y\n", {"A": "1", "B": "x=y"}),
        ("# A=1\nB\n=1\nC=\n", {"# A": "1"}),
        ("A= 1 \n", {"A": " 1 "}),
    ],
)
def test_a_line_of_the_env_file_is_a_name_and_all_that_follows(text: str, found: dict[str, str]) -> None:
    assert env_file(text) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {}),
        ({"no_proxy": "a"}, {}),
        ({"https_proxy": URL}, {"HTTPS_PROXY": f"{URL}/", "https_proxy": f"{URL}/"}),
        ({"HTTP_PROXY": f" {URL}/ "}, {"HTTP_PROXY": f"{URL}/", "http_proxy": f"{URL}/"}),
        (
            {"https_proxy": URL, "HTTPS_PROXY": "http://other", "NO_PROXY": "a,b"},
            {"HTTPS_PROXY": f"{URL}/", "https_proxy": f"{URL}/", "NO_PROXY": "a,b", "no_proxy": "a,b"},
        ),
    ],
)
def test_proxies_are_known_by_both_spellings(given: dict[str, str], found: dict[str, str]) -> None:
    assert proxies(given) == found

from datetime import datetime, timezone

import pytest

from actionkit.aws import claims
from fake_sts import jwt


def test_what_a_trust_policy_can_match() -> None:
    found = claims.read(jwt())
    assert found.subject == "repo:org/app:environment:dev"
    assert found.audience == "sts.amazonaws.com"
    assert found.provider == "token.actions.githubusercontent.com"
    assert found.issued == datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("token", ["", "a.b.c", "no dots", "a.W10.c", "a.eyJpYXQiOiAieCJ9.c"])
def test_a_token_that_is_none_has_no_claims(token: str) -> None:
    found = claims.read(token)
    assert (found.subject, found.issued) == ("", None)


@pytest.mark.parametrize(
    ("subject", "former"),
    [
        ("repo:org@1/app@2:ref:refs/heads/main", "repo:org/app:ref:refs/heads/main"),
        ("repo:org/app:ref:refs/heads/main", ""),
        ("repo:org/app:environment:x@1/y@2", ""),
    ],
)
def test_ids_in_the_subject_are_recognised(subject: str, former: str) -> None:
    assert claims.read(jwt(sub=subject)).former_subject == former


def test_several_audiences_are_listed() -> None:
    assert claims.read(jwt(aud=["a", "b"])).audience == "a, b"

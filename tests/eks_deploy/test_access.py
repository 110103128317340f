import pytest

from eks_deploy.access import role_of


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::222222222222:assumed-role/deploy/session", "arn:aws:iam::222222222222:role/deploy"),
        ("arn:aws-cn:sts::222222222222:assumed-role/d/s@x", "arn:aws-cn:iam::222222222222:role/d"),
        ("arn:aws:iam::222222222222:user/ann", "arn:aws:iam::222222222222:user/ann"),
    ],
)
def test_the_role_of_a_session(arn: str, role: str) -> None:
    assert role_of(arn) == role

import pytest

from build_push import reference
from build_push.reference import BadReference, Reference

ECR = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag"),
    [
        (f"{ECR}/app:1.2", ECR, "app", "1.2"),
        (f"{ECR}/team/service:v1", ECR, "team/service", "v1"),
        (f"{ECR}/app", ECR, "app", "latest"),
        ("localhost:5000/app", "localhost:5000", "app", "latest"),
        ("localhost:5000/app:1", "localhost:5000", "app", "1"),
        ("localhost/app:1", "localhost", "app", "1"),
        ("app:1", "", "app", "1"),
        ("team/app:1", "", "team/app", "1"),
        ("Registry/app:1", "Registry", "app", "1"),
        (f"{ECR}/a__b/c---d.e_f:_x.Y-z", ECR, "a__b/c---d.e_f", "_x.Y-z"),
        (f"{ECR}/app:{'t' * 128}", ECR, "app", "t" * 128),
    ],
)
def test_reference_is_taken_apart(text: str, registry: str, repository: str, tag: str) -> None:
    assert reference.parse(text) == Reference(registry=registry, repository=repository, tag=tag)


def test_reference_without_tag_is_shown_with_the_one_that_it_gets() -> None:
    assert str(reference.parse(f"{ECR}/app")) == f"{ECR}/app:latest"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"https://{ECR}/app:1", "no scheme"),
        (f"{ECR}/app: 1", "no spaces"),
        (f"{ECR}/app@sha256:{'0' * 64}", "a digest can't be pushed to"),
        (f"{ECR}/App:1", "only lowercase letters: `app`"),
        (f"{ECR}/:1", "name is missing"),
        (f"{ECR}//app:1", "no empty part"),
        (f"{ECR}/app/:1", "no empty part"),
        (f"{ECR}/a..b:1", "`a..b` is not a part"),
        (f"{ECR}/-app:1", "`-app` is not a part"),
        (f"{ECR}/{'a' * 256}:1", "at most 255"),
        (f"{ECR}/app:", "empty"),
        (f"{ECR}/app:{'t' * 129}", "at most 128 characters, this one has 129"),
        (f"{ECR}/app:.hidden", "doesn't start with `.`"),
        (f"{ECR}/app:feature/x", "a tag has no `/`"),
        (f"{ECR}/app:-x", "doesn't start with `-`"),
        (f"{ECR}/app:feature+x", "not `+`"),
        ("bad_host.example:x/app:1", "not a host name"),
    ],
)
def test_refusal_names_the_rule(text: str, rule: str) -> None:
    with pytest.raises(BadReference) as refused:
        reference.parse(text)
    assert rule in str(refused.value)

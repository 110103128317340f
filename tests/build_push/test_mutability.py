import pytest

from build_push.mutability import Mutability


@pytest.mark.parametrize(
    ("setting", "filters", "tag", "immutable"),
    [
        ("MUTABLE", [], "v1", False),
        ("IMMUTABLE", [], "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"], "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"], "latest", False),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"], "dev-7", False),
        ("IMMUTABLE_WITH_EXCLUSION", ["v*.x"], "v1.x", False),
        ("IMMUTABLE_WITH_EXCLUSION", ["v*.x"], "v1yx", True),
        ("MUTABLE_WITH_EXCLUSION", ["release-*"], "release-1", True),
        ("MUTABLE_WITH_EXCLUSION", ["release-*"], "v1", False),
    ],
)
def test_tag_is_immutable(setting: str, filters: list[str], tag: str, immutable: bool) -> None:
    answered = {
        "imageTagMutability": setting,
        "imageTagMutabilityExclusionFilters": [
            {"filterType": "WILDCARD", "filter": each} for each in filters
        ],
    }
    assert Mutability.of(answered).immutable(tag) is immutable


def test_repository_that_says_nothing_is_mutable() -> None:
    assert not Mutability.of({"repositoryName": "app"}).immutable("v1")

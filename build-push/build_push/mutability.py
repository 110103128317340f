"""Which tags of an ECR repository can't be moved."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mutability:
    """A repository's setting, and the tag filters that are its exceptions.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """

    setting: str
    filters: tuple[str, ...] = ()

    @classmethod
    def of(cls, repository: Mapping[str, object]) -> "Mutability":
        """From a repository as DescribeRepositories answers it."""
        filters = repository.get("imageTagMutabilityExclusionFilters")
        texts = [str(each.get("filter", "")) for each in filters] if isinstance(filters, Iterable) else []
        return cls(setting=str(repository.get("imageTagMutability", "MUTABLE")), filters=tuple(texts))

    def immutable(self, tag: str) -> bool:
        """Whether `tag`, once it exists, stays where it is."""
        excepted = any(_matches(each, tag) for each in self.filters)
        if self.setting == "IMMUTABLE_WITH_EXCLUSION":
            return not excepted
        if self.setting == "MUTABLE_WITH_EXCLUSION":
            return excepted
        return self.setting == "IMMUTABLE"


def _matches(wildcard: str, tag: str) -> bool:
    return bool(re.fullmatch(".*".join(map(re.escape, wildcard.split("*"))), tag))

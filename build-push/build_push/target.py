"""Where a build is pushed: the tags as given, and which of them are in ECR."""

from dataclasses import dataclass

from build_push import ecr_host
from build_push.ecr_host import EcrHost
from build_push.reference import Reference


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository of a private registry, and the tags that it is given."""

    host: EcrHost
    name: str
    tags: tuple[str, ...]

    @property
    def uri(self) -> str:
        return f"{self.host.host}/{self.name}"


def repositories(references: tuple[Reference, ...]) -> tuple[Repository, ...]:
    """The ECR repositories among `references`, in their order, once each with all its tags."""
    tags: dict[tuple[EcrHost, str], list[str]] = {}
    for each in references:
        host = ecr_host.parse(each.registry)
        if host:
            tags.setdefault((host, each.repository), []).append(each.tag)
    return tuple(
        Repository(host=host, name=name, tags=tuple(dict.fromkeys(found)))
        for (host, name), found in tags.items()
    )

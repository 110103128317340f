"""Image references: taken apart, and refused with the rule that they break."""

import re
from dataclasses import dataclass

DEFAULT_TAG = "latest"
DOCKER_HUB = "docker.io"

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]+)?"
)
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class BadReference(ValueError):
    """The rule that a reference breaks, as a sentence without the reference itself."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`registry/repository:tag`; `registry` is empty where the text names none."""

    registry: str
    repository: str
    tag: str

    @property
    def name(self) -> str:
        """The reference without its tag."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}"


def parse(text: str) -> Reference:
    """`text` as a reference to tag an image with, by the registry's own grammar.

    A missing tag is `latest`, as it is for docker. Raises `BadReference`.
    https://github.com/distribution/reference/blob/main/reference.go
    """
    if re.match(r"[a-z]+://", text):
        raise BadReference("a reference has no scheme: leave out everything up to and including `://`")
    if re.search(r"\s", text):
        raise BadReference("a reference has no spaces")
    if "@" in text:
        raise BadReference("a digest can't be pushed to: leave out `@` and what follows")
    name, tag = _split_tag(text)
    registry, repository = _split_registry(name)
    _check_registry(registry)
    _check_repository(registry, repository)
    _check_tag(tag)
    return Reference(registry=registry, repository=repository, tag=tag)


def _split_tag(text: str) -> tuple[str, str]:
    head, colon, tail = text.rpartition(":")
    # The last colon of `host:5000/app` belongs to the host.
    if not colon or "/" in tail:
        return text, DEFAULT_TAG
    return head, tail


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    # docker's rule: `first` is a host only if it couldn't be the first part of a Docker Hub name.
    if slash and (re.search(r"[.:]", first) or first == "localhost" or first != first.lower()):
        return first, rest
    return "", name


def _check_registry(registry: str) -> None:
    if registry and not _HOST.fullmatch(registry):
        raise BadReference(f"`{registry}` is not a host name with an optional `:port`")


def _check_repository(registry: str, repository: str) -> None:
    if not repository:
        raise BadReference("the repository's name is missing")
    if repository != repository.lower():
        raise BadReference(f"a repository's name has only lowercase letters: `{repository.lower()}`")
    for component in repository.split("/"):
        if not component:
            raise BadReference("a repository's name has no empty part: `//`, or `/` at its start or end")
        if ":" in component:
            raise BadReference("a tag has no `/`: replace it, as in `feature-x` for `feature/x`")
        if not _COMPONENT.fullmatch(component):
            raise BadReference(
                f"`{component}` is not a part of a repository's name: lowercase letters and digits, "
                "separated by single `.` or `_`, by `__`, or by `-`"
            )
    # https://github.com/distribution/reference/blob/main/reference.go (RepositoryNameTotalLengthMax)
    if len(f"{registry}/{repository}") > 256:
        raise BadReference("a name has at most 255 characters")


def _check_tag(tag: str) -> None:
    if not tag:
        raise BadReference("the tag after `:` is empty")
    if len(tag) > 128:
        raise BadReference(f"a tag has at most 128 characters, this one has {len(tag)}")
    if tag[0] in ".-":
        raise BadReference(f"a tag doesn't start with `{tag[0]}`")
    if not _TAG.fullmatch(tag):
        wrong = sorted({character for character in tag if not re.match(r"[A-Za-z0-9_.-]", character)})
        shown = " ".join(f"`{character}`" for character in wrong)
        raise BadReference(f"a tag has only letters, digits, `_`, `.` and `-`, not {shown}")

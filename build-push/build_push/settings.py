"""The inputs of action.yml as values, and the rules between them."""

from dataclasses import dataclass

from actionkit.aws import regions
from actionkit.aws import settings as credentials
from actionkit.aws.settings import CredentialSettings
from actionkit.context import GithubContext
from actionkit.inputs import Reader
from build_push import build_context, ecr_host, lists, reference
from build_push.command import Build
from build_push.reference import BadReference, Reference
from build_push.target import Repository, repositories

INPUTS = credentials.INPUTS | {
    *("context", "file", "target", "tags", "build-args", "labels", "push", "github-token"),
}

_FASTER = "The image is the same without it; the build may take longer."
_LOGIN = "Registries follow from `tags`, and no login outlives the step."
# What the actions that this one replaces have, and whose absence changes no image.
FORMER = {
    "cache-from": _FASTER,
    "cache-to": _FASTER,
    "mask-password": _LOGIN,
    "registries": _LOGIN,
    "registry-type": "Only private registries are meant here.",
    "skip-logout": _LOGIN,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One build, and where it goes.

    `tags` are those of `build`, `repositories` those of them that are in ECR. `of_this_commit`: the context
    is the whole of the run's commit, so that paths in it are paths of the user's repository.
    """

    build: Build
    of_this_commit: bool
    tags: tuple[Reference, ...]
    repositories: tuple[Repository, ...]
    push: bool
    github_token: str
    credentials: CredentialSettings


def read(reader: Reader, github: GithubContext) -> Settings:
    """All inputs; what is wrong with them is left in `reader`, whose `finish` raises it."""
    default = build_context.default_context(github.server_url, github.repository, github.sha)
    context = build_context.resolve(reader.text("context"), default)
    push = reader.boolean("push")
    tags = _tags(reader)
    settings = Settings(
        build=Build(
            context=context,
            file=reader.text("file"),
            target=reader.text("target"),
            tags=tuple(str(tag) for tag in tags),
            build_args=lists.lines(reader.text("build-args")),
            labels=lists.lines(reader.text("labels")),
            push=push,
        ),
        of_this_commit=context == default,
        tags=tags,
        repositories=repositories(tags),
        push=push,
        github_token=reader.text("github-token"),
        credentials=credentials.read(reader),
    )
    if push:
        _check_push(reader, settings)
    return settings


def _tags(reader: Reader) -> tuple[Reference, ...]:
    found = (_reference(reader, text) for text in reader.csv_lines("tags"))
    return tuple(dict.fromkeys(each for each in found if each))


def _reference(reader: Reader, text: str) -> Reference | None:
    try:
        return reference.parse(text)
    except BadReference as problem:
        reader.problem("tags", f"has `{text}`, which is no image reference: {problem}", "")
        return None


def _check_push(reader: Reader, settings: Settings) -> None:
    for each in settings.tags:
        _check_tag(reader, each, settings.credentials)
    if not reader.csv_lines("tags"):
        reader.problem(
            "tags",
            "is empty, and `push` is true",
            "Give at least one tag, such as `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG`.",
        )
    elif all(tag.registry for tag in settings.tags) and settings.tags and not settings.repositories:
        hosts = dict.fromkeys(each.registry or reference.DOCKER_HUB for each in settings.tags)
        reader.problem(
            "tags",
            f"has nothing in a private ECR registry, only in {', '.join(hosts)}",
            "Other registries are pushed to beside ECR; for them alone, use docker/build-push-action.",
        )


def _check_tag(reader: Reader, tag: Reference, given: CredentialSettings) -> None:
    host = ecr_host.parse(tag.registry)
    if not tag.registry:
        reader.problem(
            "tags",
            f"has `{tag}`, which names no registry: docker would push it to Docker Hub",
            f"Write `ACCOUNT.dkr.ecr.REGION.amazonaws.com/{tag}`, or `docker.io/…` if that is meant.",
        )
    elif not host:
        if ecr_host.resembles(tag.registry):
            reader.problem(
                "tags",
                f"has `{tag}`, whose host looks like an ECR registry and isn't one",
                "Its form is `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, with the account's 12 digits.",
            )
    elif problem := ecr_host.repository_problem(tag.repository):
        reader.problem("tags", f"has `{tag}`, which can't be in ECR: {problem}", "")
    elif given.aws_region and host.region != given.aws_region:
        reader.problem(
            "tags",
            f"has `{tag}`, which is in {host.region}, and `aws-region` is {given.aws_region}",
            "A registry exists in its own region alone. Correct the tag, or leave out `aws-region`: "
            "the tag says where to push.",
        )
    elif wrong := regions.problem(host.region, given.roles):
        what, hint = wrong
        reader.problem("tags", f"has `{tag}`, whose region {what}", hint)

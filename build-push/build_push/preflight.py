"""What ECR would refuse after the build, asked before it."""

from actionkit.errors import ActionError
from build_push.denial import Denied
from build_push.ecr import Ecr
from build_push.mutability import Mutability
from build_push.target import Repository


def check(ecr: Ecr, hosts: tuple[str, ...], repositories: tuple[Repository, ...]) -> list[str]:
    """`hosts` are logged in to, `repositories` pushed to.

    Raises ActionError for what can't be pushed; gives notices about what couldn't be found out.
    """
    for host in hosts:
        ecr.password(host)
    notices = []
    for each in repositories:
        mutability = _mutability(ecr, each)
        taken = [tag for tag in each.tags if ecr.image(each, tag)]
        if mutability is None and taken:
            notices.append(
                f"{each.uri} has {', '.join(taken)} already. Whether its tags are immutable couldn't be "
                f"found out: "
                "ecr:DescribeRepositories isn't allowed."
            )
        stuck = [tag for tag in taken if mutability and mutability.immutable(tag)]
        if stuck:
            raise _immutable(each, stuck)
    return notices


def _mutability(ecr: Ecr, repository: Repository) -> Mutability | None:
    try:
        return ecr.mutability(repository)
    except Denied:
        # Not among the permissions that a push needs; a missing repository shows up in BatchGetImage as well.
        return None


def _immutable(repository: Repository, tags: list[str]) -> ActionError:
    several = len(tags) > 1
    listed = ", ".join(f"`{tag}`" for tag in tags)
    return ActionError(
        "The tags exist and can't be moved" if several else "The tag exists and can't be moved",
        f"{repository.uri} has {listed} already, and the repository makes {'them' if several else 'it'} "
        f"immutable.",
        "Push under a tag that only this run has, such as `${{ github.sha }}`; a run that is repeated needs "
        "`${{ github.sha }}-${{ github.run_attempt }}`. Tags that should move, such as `latest`, can be "
        "excluded in the repository's settings (IMMUTABLE_WITH_EXCLUSION).",
    )

"""A run, a job, or a workflow that a job calls, into its concurrency group.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .concurrency import Concurrency
from .expressions.evaluate import Scope
from .groups import Member
from .level import Level


class Deadlock(Exception):
    """Waiting for the group that one is in already would never end.

    https://github.com/github/vscode-github-actions/issues/135
    """


@contextmanager
def enter(
    level: Level, concurrency: Concurrency | None, scope: Scope, name: str
) -> Iterator[tuple[Member, Level]]:
    """`level` again, with what ends with the group, and with the group among those that are held."""
    claim = concurrency.claim(scope) if concurrency else None
    held = level.held
    if claim is not None:
        group = claim.group.lower()
        if group in held:
            raise Deadlock(
                f"Canceling since a deadlock for concurrency group '{claim.group}' was detected between"
                f" '{held[group]}' and '{name}'"
            )
        held = {**held, group: name}
    with level.shared.groups.enter(claim, level.cancel) as member:
        yield member, replace(level, cancel=member.cancel, held=held)

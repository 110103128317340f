"""Several faults of the manifests or of the cluster's answers, reported together."""

from __future__ import annotations

from collections.abc import Sequence

from actionkit.errors import ActionError, InvalidInputs
from eks_deploy.manifests import Problem


class Refused(InvalidInputs):
    """Nothing was changed, for these reasons; one annotation each."""

    def __init__(self, problems: Sequence[ActionError]) -> None:
        super().__init__(problems)
        self.title = f"{len(problems)} faults"
        self.message = f"Nothing was changed. {len(problems)} faults: " + " ".join(
            p.message for p in problems
        )


def raise_any(problems: Sequence[ActionError]) -> None:
    """Nothing, the one fault, or all of them."""
    distinct = list({(p.message, p.file, p.line): p for p in problems}.values())
    if len(distinct) == 1:
        raise distinct[0]
    if distinct:
        raise Refused(distinct)


def from_problem(problem: Problem) -> ActionError:
    return ActionError(problem.title, problem.message, problem.hint, file=problem.file, line=problem.line)

"""What a run has done so far, and the one error for what didn't come up. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from actionkit.errors import ActionError
from eks_deploy.advice import advice
from eks_deploy.changes import Change
from eks_deploy.diagnosis import Diagnosis
from eks_deploy.plan import Target
from eks_deploy.running import RunningImage
from eks_deploy.wait import Watched


@dataclass(kw_only=True)
class Outcome:
    """What the report tells: filled as the run goes on."""

    planned: list[Target] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    images: list[RunningImage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    deadline_reached: bool = False


def failure(bad: list[Watched], unready: list[Watched], seconds: float) -> ActionError:
    """One error for everything that didn't come up. `seconds`: how long it was given."""
    if bad:
        return ActionError(
            "The deployment failed" if len(bad) == 1 else f"{len(bad)} objects failed",
            "\n".join(f"{w.label}: {w.state.message}" for w in bad),
            "\n".join([*_advice(bad), "Nothing is rolled back: what was applied stays."]),
            file=bad[0].change.target.manifest.file,
            line=bad[0].change.target.manifest.line,
        )
    return ActionError(
        "Not ready in time",
        f"After {seconds:.0f} s (`timeout`) these aren't as they should be:\n"
        + "\n".join(f"{w.label}: {w.state.message}" for w in unready),
        "What was applied stays and may still come up. If it only needs longer, raise `timeout`.",
        file=unready[0].change.target.manifest.file,
        line=unready[0].change.target.manifest.line,
    )


def _advice(bad: list[Watched]) -> list[str]:
    """Each piece of advice once."""
    given = [advice(failure) for one in bad for failure in one.failures[:1]]
    return list(dict.fromkeys(text for text in given if text))

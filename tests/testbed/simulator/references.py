"""What `uses:` names, and where it comes from.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .errors import WorkflowError
from .steps import Step

CHECKOUT = "actions/checkout"


@dataclass(frozen=True)
class Reference:
    """`kind` is local, remote or image; `name` is a path, OWNER/REPO or an image."""

    kind: str
    name: str
    path: str = ""
    ref: str = ""

    @property
    def is_checkout(self) -> bool:
        return self.kind == "remote" and self.name.lower() == CHECKOUT and not self.path


def parse(step: Step) -> Reference:
    uses = step.uses
    if uses.startswith("docker://"):
        return Reference("image", uses.removeprefix("docker://"))
    if uses.startswith(("./", ".\\")) or uses == ".":
        return Reference("local", uses)
    name, at, ref = uses.partition("@")
    owner, _, rest = name.partition("/")
    repository, _, path = rest.partition("/")
    if not (owner and repository and at and ref) or uses.startswith("$"):
        raise WorkflowError(
            f"Expected format {{org}}/{{repo}}[/path]@ref, ./path or docker://image. Actual '{uses}'",
            file=step.file,
            line=step.line,
        )
    return Reference("remote", f"{owner}/{repository}", path, ref)


def download(reference: Reference, step: Step, published: Path, into: Path) -> Path:
    """Copy a release tree to where the runner unpacks it; the action's folder in it."""
    source = published / reference.name / reference.ref
    if not source.is_dir():
        refs = sorted(each.name for each in source.parent.iterdir()) if source.parent.is_dir() else []
        known = f"known refs: {', '.join(refs)}" if refs else "the repository is not known"
        raise WorkflowError(
            f"Unable to resolve action `{step.uses}`, unable to find version `{reference.ref}`"
            f" ({known}: it would be in actions/{reference.name}/{reference.ref} of the testbed's state"
            " directory, where `make vendor` puts this project's)",
            file=step.file,
            line=step.line,
        )
    target = into / reference.name / reference.ref
    if not target.exists():
        shutil.copytree(source, target, symlinks=True)
    return Path(os.path.normpath(target / reference.path))

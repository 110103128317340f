"""What the job's GITHUB_TOKEN may do, and with `id-token` whether the job may ask for ID tokens.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#how-permissions-are-calculated-for-a-workflow-job
"""

from .config import Config
from .forks import from_fork
from .scopes import DEFAULT


def granted(workflow: dict[str, str] | None, job: dict[str, str] | None, config: Config) -> dict[str, str]:
    """The job's own, else the workflow's, else the default; for a fork's pull request `write` is `read`."""
    said = job if job is not None else workflow if workflow is not None else DEFAULT
    found = {scope: access for scope, access in said.items() if access != "none"}
    return dict.fromkeys(found, "read") if from_fork(config) else found


def shown(found: dict[str, str]) -> str:
    """As the job's set-up logs them; `metadata` can always be read."""
    lines = [
        f"{scope.title().replace('-', '')}: {access}"
        for scope, access in sorted({**found, "metadata": "read"}.items())
    ]
    return "\n".join(["##[group]GITHUB_TOKEN Permissions", *lines, "##[endgroup]"])

"""`permissions`: what the job's token may do, and that a called workflow may not have more than its caller.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/PermissionsHelper.cs
"""

from .document import Value

_SCOPES = (
    "actions artifact-metadata attestations checks contents deployments discussions id-token issues models"
    " packages pages pull-requests repository-projects security-events statuses"
)
SCOPES = tuple(_SCOPES.split())
LEVELS = ("none", "read", "write")
# What a file that says nothing is given: the restricted default, which has no ID token.
DEFAULT = {"contents": "read", "packages": "read"}


def read(value: Value | None) -> dict[str, str] | None:
    """Scope to access; None when the file doesn't say."""
    if value is None:
        return None
    if value.data in ("read-all", "write-all"):
        return dict.fromkeys(SCOPES, str(value.data).removesuffix("-all"))
    granted = {}
    for scope, access in value.mapping("permissions", SCOPES).items():
        if access.data not in LEVELS:
            raise access.error(f"Unexpected value '{access.data}' for {scope}; it is read, write or none")
        granted[scope] = str(access.data)
    return granted


def excess(requested: dict[str, str] | None, allowed: dict[str, str] | None) -> str:
    """In the words of GitHub's error what is asked for beyond `allowed`; empty if nothing is."""
    limit = DEFAULT if allowed is None else allowed
    beyond = [
        (scope, level, limit.get(scope, "none"))
        for scope, level in (requested or {}).items()
        if LEVELS.index(level) > LEVELS.index(limit.get(scope, "none"))
    ]
    if not beyond:
        return ""
    wanted = ", ".join(f"{scope}: {level}" for scope, level, _ in beyond)
    given = ", ".join(f"{scope}: {level}" for scope, _, level in beyond)
    return f"is requesting '{wanted}', but is only allowed '{given}'"

"""The github context of a job, and what of it reaches a step's environment.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
https://github.com/actions/runner/blob/main/src/Runner.Worker/GitHubContext.cs (the allow-list)
"""

from typing import Any

from .config import Config

_NAMES = (
    "action action_path action_ref action_repository actor actor_id api_url base_ref env event_name"
    " event_path graphql_url head_ref job output path ref ref_name ref_protected ref_type repository"
    " repository_id repository_owner repository_owner_id retention_days run_attempt run_id run_number"
    " server_url sha state step_summary triggering_actor workflow workflow_ref workflow_sha workspace"
)
IN_ENVIRONMENT = frozenset(_NAMES.split())


def create(config: Config, workflow_name: str, token: str) -> dict[str, Any]:
    pull_request = config.event.get("pull_request", {}) if config.event_name == "pull_request" else {}
    kind = "tag" if config.ref.startswith("refs/tags/") else "branch"
    short = config.ref.removeprefix("refs/").partition("/")[2]
    return {
        "token": token,
        "ref": config.ref,
        "sha": config.sha,
        "repository": config.repository,
        "repository_owner": config.owner,
        "repository_owner_id": config.ids.get("owner", "1001"),
        "repositoryUrl": f"git://github.com/{config.repository}.git",
        "run_id": config.run_id,
        "run_number": config.run_number,
        "retention_days": "90",
        "run_attempt": config.run_attempt,
        "repository_visibility": "private",
        "repository_id": config.ids.get("repository", "2001"),
        "actor_id": config.ids.get("actor", "3001"),
        "actor": config.actor,
        "triggering_actor": config.actor,
        "workflow": workflow_name,
        "head_ref": pull_request.get("head", {}).get("ref", ""),
        "base_ref": pull_request.get("base", {}).get("ref", ""),
        "event_name": config.event_name,
        "event": {**config.event, "inputs": dict(config.inputs)} if config.inputs else config.event,
        "server_url": "https://github.com",
        "api_url": "https://api.github.com",
        "graphql_url": "https://api.github.com/graphql",
        "ref_name": short,
        "ref_protected": False,
        "ref_type": kind,
        "secret_source": "Actions",
        "workflow_ref": f"{config.repository}/{config.workflow_path}@{config.ref}",
        "workflow_sha": config.sha,
    }


def claims(github: dict[str, Any], environment: str) -> dict[str, str]:
    """What GitHub puts into an ID token; the issuer computes `sub` from these.

    https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
    """
    names = (
        "actor actor_id base_ref event_name head_ref ref ref_protected ref_type repository repository_id"
        " repository_owner repository_owner_id repository_visibility run_attempt run_id run_number sha"
        " workflow workflow_ref workflow_sha"
    )
    found = {name: str(github[name]) for name in names.split()}
    found["ref_protected"] = "false"
    found["job_workflow_ref"] = found["workflow_ref"]
    found["job_workflow_sha"] = found["workflow_sha"]
    found["runner_environment"] = "self-hosted"
    if environment:
        found["environment"] = environment
    return found


def environment(github: dict[str, Any]) -> dict[str, str]:
    """GITHUB_*: these overwrite whatever a step or GITHUB_ENV gave the same name."""
    return {
        f"GITHUB_{name.upper()}": str(value).lower() if isinstance(value, bool) else value
        for name, value in github.items()
        if name in IN_ENVIRONMENT and isinstance(value, (str, bool))
    }

"""The claims of a job's token, as GitHub composes them.

https://docs.github.com/en/actions/reference/security/oidc
"""

from collections.abc import Mapping
from typing import Any

ISSUER_HOST = "token.actions.githubusercontent.com"
ISSUER = f"https://{ISSUER_HOST}"
LIFE = 300  # seconds, as GitHub's


def subject(job: Mapping[str, Any]) -> str:
    """environment beats pull_request beats ref; with immutable_sub names carry their ids (org@1/app@2).

    https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
    """
    owner, _, name = job["repository"].partition("/")
    if job.get("immutable_sub"):
        repository = f"{owner}@{identity(job, 'repository_owner_id')}/{name}@{identity(job, 'repository_id')}"
    else:
        repository = f"{owner}/{name}"
    if job.get("environment"):
        # Colons in an environment's name are escaped, or it could pose as another kind of subject.
        return f"repo:{repository}:environment:{job['environment'].replace(':', '%3A')}"
    if job.get("event_name") == "pull_request":
        return f"repo:{repository}:pull_request"
    return f"repo:{repository}:ref:{job['ref']}"


def default_audience(job: Mapping[str, Any]) -> str:
    """The URL of the repository's owner, when the request names none."""
    return f"https://github.com/{job['repository'].partition('/')[0]}"


def claims(job: Mapping[str, Any], audience: str, now: int, token_id: str) -> dict[str, Any]:
    """All claims of the job's token; `job` has GitHub's context names (repository, ref, sha, event_name…)."""
    owner = job["repository"].partition("/")[0]
    workflow = job.get("workflow_ref") or f"{job['repository']}/.github/workflows/ci.yml@{job['ref']}"
    made = {
        "jti": token_id,
        "sub": subject(job),
        "aud": audience,
        "ref": job["ref"],
        "sha": job.get("sha", "0" * 40),
        "repository": job["repository"],
        "repository_owner": owner,
        "repository_owner_id": identity(job, "repository_owner_id"),
        "repository_id": identity(job, "repository_id"),
        "repository_visibility": job.get("repository_visibility", "private"),
        "run_id": str(job.get("run_id", "1")),
        "run_number": str(job.get("run_number", "1")),
        "run_attempt": str(job.get("run_attempt", "1")),
        "actor": job.get("actor", "octocat"),
        "actor_id": identity(job, "actor_id"),
        "workflow": job.get("workflow", "ci"),
        "workflow_ref": workflow,
        "workflow_sha": job.get("workflow_sha") or job.get("sha", "0" * 40),
        "job_workflow_ref": job.get("job_workflow_ref") or workflow,
        "job_workflow_sha": job.get("job_workflow_sha") or job.get("sha", "0" * 40),
        "head_ref": job.get("head_ref", ""),
        "base_ref": job.get("base_ref", ""),
        "event_name": job.get("event_name", "push"),
        "ref_protected": str(job.get("ref_protected", "false")).lower(),
        "ref_type": "tag" if job["ref"].startswith("refs/tags/") else "branch",
        "runner_environment": "self-hosted",
        "iss": ISSUER,
        "nbf": now - 600,
        "exp": now + LIFE,
        "iat": now,
    }
    if job.get("environment"):
        made["environment"] = job["environment"]
    return made


def identity(job: Mapping[str, Any], name: str) -> str:
    """A numeric id; the same small number for the same job data when none was given."""
    given = job.get(name)
    if given is not None:
        return str(given)
    text = str(job["repository"]) if name == "repository_id" else str(job["repository"]).partition("/")[0]
    return str(100_000 + sum(ord(c) * (place + 1) for place, c in enumerate(text)))

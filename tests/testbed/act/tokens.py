"""ID tokens for a run on act, which has none of its own: each environment's, chosen by an expression.

act evaluates the environment that it is given for every job, with the job's own contexts, so that one
expression serves all jobs: https://github.com/nektos/act/blob/master/pkg/runner/job_executor.go
What it can't know is which workflow a called job is of: job_workflow_ref is that of the calling one.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from testbed.act.labels import words
from testbed.simulator import github_context
from testbed.simulator.config import Config
from testbed.simulator.tokens import TokenService

VARIABLES = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
EXPRESSION = re.compile(r"\$\{\{(.+)\}\}")
Pairs = dict[str, list[str]]


@contextmanager
def opened(config: Config, title: str, workflows: list[Any]) -> Iterator[Pairs]:
    """For each environment that a job may have: URL and token; they are worthless afterwards."""
    askers = asking(workflows)
    services: dict[str, TokenService] = {}
    github = github_context.create(config, title, "")
    immutable = {"immutable_sub": True} if config.immutable_sub else {}
    try:
        for environment in sorted(_environments(askers.values(), workflows)):
            if config.token_service:
                claims = {**github_context.claims(github, environment), **immutable}
                services[environment] = TokenService(config.token_service, claims)
        yield {name: [service.variables[one] for one in VARIABLES] for name, service in services.items()}
    finally:
        for service in services.values():
            service.close()


def environment(pairs: Pairs, workflows: list[Any]) -> dict[str, str]:
    """The two request variables; empty in a job that may not ask."""
    if not pairs:
        return {}
    known = json.dumps({f"={name}": pair for name, pair in pairs.items()})
    jobs = [f"(github.job == '{job}' && format('={{0}}', {one}))" for job, one in asking(workflows).items()]
    chosen = " || ".join([*jobs, "'none'"])
    return {
        name: f"${{{{ fromJSON('{known}')[{chosen}][{index}] }}}}" for index, name in enumerate(VARIABLES)
    }


def asking(workflows: list[Any]) -> dict[str, str]:
    """Jobs with `id-token: write`, and their environment as an expression.

    A called workflow that says nothing has what the calling job has:
    https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
    """
    found: dict[str, str] = {}
    called = False
    for workflow in workflows:
        own = workflow.get("permissions", {"id-token": "write"} if called else {})
        for job_id, job in workflow["jobs"].items():
            if not _may_ask(job.get("permissions", own)):
                continue
            if "uses" in job:
                called = True
            else:
                found[job_id] = _expression(job.get("environment"))
    return found


def _may_ask(permissions: Any) -> bool:
    return permissions == "write-all" or (
        isinstance(permissions, dict) and permissions.get("id-token") == "write"
    )


def _expression(environment: Any) -> str:
    name = environment.get("name") if isinstance(environment, dict) else environment
    expression = EXPRESSION.fullmatch(name or "")
    return expression[1].strip() if expression else f"'{name or ''}'"


def _environments(expressions: Iterable[str], workflows: list[Any]) -> set[str]:
    """Of a name that is an expression, every word that it might give."""
    found: set[str] = set()
    for expression in expressions:
        literal = expression.startswith("'") and expression.count("'") == 2
        found |= {expression.strip("'")} if literal else {"", *words(workflows)}
    return found

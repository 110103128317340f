"""A workflow file: what GitHub's schema allows, minus what the simulator names as unsupported.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from dataclasses import dataclass
from pathlib import Path

from . import job_container, places, triggers
from .document import Value, load
from .steps import Step, check_id, read_env, read_steps
from .template import Condition, Template

WORKFLOW_KEYS = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")
_JOB_KEYS = (
    "name permissions needs if runs-on environment concurrency outputs env defaults steps timeout-minutes"
    " cancel-timeout-minutes strategy continue-on-error container services uses with secrets snapshot"
)
JOB_KEYS = tuple(_JOB_KEYS.split())
UNSUPPORTED = (
    "strategy",
    "services",
    "uses",
    "with",
    "secrets",
    "snapshot",
    "cancel-timeout-minutes",
)
_SCOPES = (
    "actions artifact-metadata attestations checks contents deployments discussions id-token issues models"
    " packages pages pull-requests repository-projects security-events statuses"
)
SCOPES = tuple(_SCOPES.split())


@dataclass(frozen=True, kw_only=True)
class Environment:
    name: Template
    url: Template | None


@dataclass(frozen=True, kw_only=True)
class Job:
    id: str
    name: Template | None
    line: int
    needs: tuple[str, ...]
    condition: Condition
    environment: Environment | None
    permissions: dict[str, str] | None
    env: dict[str, Template]
    defaults: dict[str, Template]
    outputs: dict[str, Template]
    continue_on_error: Template | None
    timeout_minutes: Template | None
    container: job_container.Definition | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Workflow:
    path: str  # as GitHub shows it, relative to the repository
    name: str
    run_name: Template | None
    triggers: dict[str, Value]
    env: dict[str, Template]
    defaults: dict[str, Template]
    permissions: dict[str, str] | None
    jobs: dict[str, Job]  # in the order in which their needs allow them to run


def read(file: Path, shown_as: str) -> Workflow:
    root = load(file, shown_as).mapping("the workflow", WORKFLOW_KEYS, required=("on", "jobs"))
    _refuse_unsupported(root, "the workflow")
    on = triggers.read(root["on"])
    jobs = {key: _job(key, value) for key, value in root["jobs"].mapping("jobs").items()}
    if not jobs:
        raise root["jobs"].error("A workflow needs at least one job")
    return Workflow(
        path=shown_as,
        name=root["name"].text("name") if "name" in root else shown_as,
        run_name=_template(root, "run-name", places.RUN_NAME),
        triggers=on,
        env=read_env(root.get("env"), places.WORKFLOW_ENV),
        defaults=_defaults(root.get("defaults")),
        permissions=_permissions(root.get("permissions")),
        jobs=_in_order(jobs, root["jobs"]),
    )


def _refuse_unsupported(keys: dict[str, Value], where: str) -> None:
    """`concurrency` is checked and then without effect: a simulated run has nobody to compete with."""
    if isinstance(keys.get("concurrency", Value(None, 0, "")).data, dict):
        keys["concurrency"].mapping(
            "concurrency", ("group", "cancel-in-progress", "queue"), required=("group",)
        )
    for key in UNSUPPORTED:
        if key in keys:
            raise keys[key].error(
                f"'{key}' in {where} is valid on GitHub, but this simulator does not support it"
            )


def _template(keys: dict[str, Value], key: str, place: places.Place) -> Template | None:
    return Template.of(keys[key], place) if key in keys else None


def _permissions(value: Value | None) -> dict[str, str] | None:
    """Scope to access; None when the file doesn't say."""
    if value is None:
        return None
    if value.data in ("read-all", "write-all"):
        return dict.fromkeys(SCOPES, str(value.data).removesuffix("-all"))
    granted = {}
    for scope, access in value.mapping("permissions", SCOPES).items():
        if access.data not in ("read", "write", "none"):
            raise access.error(f"Unexpected value '{access.data}' for {scope}; it is read, write or none")
        granted[scope] = str(access.data)
    return granted


def _defaults(value: Value | None) -> dict[str, Template]:
    if value is None:
        return {}
    run = value.mapping("defaults", ("run",)).get("run")
    keys = run.mapping("defaults.run", ("shell", "working-directory")) if run else {}
    return {key: Template.of(item, places.JOB_DEFAULTS) for key, item in keys.items()}


def _job(job_id: str, value: Value) -> Job:
    keys = value.mapping(f"job '{job_id}'", JOB_KEYS)
    check_id(job_id, value)
    _refuse_unsupported(keys, f"job '{job_id}'")
    value.mapping(f"job '{job_id}'", required=("runs-on", "steps"))
    labels = keys["runs-on"]
    for label in labels.data if isinstance(labels.data, list) else [labels]:
        Template.of(label, places.JOB)
    return Job(
        id=job_id,
        name=_template(keys, "name", places.JOB),
        line=value.line,
        needs=tuple(keys["needs"].texts("needs")) if "needs" in keys else (),
        condition=Condition.of(keys.get("if"), places.JOB_IF),
        environment=_environment(keys.get("environment")),
        permissions=_permissions(keys.get("permissions")),
        env=read_env(keys.get("env"), places.JOB_ENV),
        defaults=_defaults(keys.get("defaults")),
        outputs=read_env(keys.get("outputs"), places.JOB_OUTPUT, "outputs"),
        continue_on_error=_template(keys, "continue-on-error", places.JOB),
        timeout_minutes=_template(keys, "timeout-minutes", places.JOB),
        container=job_container.read(keys.get("container")),
        steps=read_steps(keys["steps"], composite=False),
    )


def _environment(value: Value | None) -> Environment | None:
    if value is None:
        return None
    if not isinstance(value.data, dict):
        return Environment(name=Template.of(value, places.JOB), url=None)
    keys = value.mapping("environment", ("name", "url", "deployment"), required=("name",))
    name = Template.of(keys["name"], places.JOB)
    return Environment(name=name, url=_template(keys, "url", places.ENVIRONMENT_URL))


def _in_order(jobs: dict[str, Job], value: Value) -> dict[str, Job]:
    ordered: dict[str, Job] = {}
    waiting = dict(jobs)
    for job in jobs.values():
        for need in job.needs:
            if need not in jobs:
                raise value.data[job.id].error(f"Job '{job.id}' depends on unknown job '{need}'")
    while waiting:
        ready = next((job for job in waiting.values() if all(need in ordered for need in job.needs)), None)
        if ready is None:
            raise value.error(f"The jobs {', '.join(sorted(waiting))} need each other")
        ordered[ready.id] = waiting.pop(ready.id)
    return ordered

"""A job of a workflow file: one with steps of its own, or one that calls another workflow.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs
https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json
"""

from dataclasses import dataclass

from . import concurrency, interface, job_container, places, scopes, strategy
from .concurrency import Concurrency
from .document import Value
from .errors import WorkflowError
from .interface import Call
from .steps import Step, check_id, read_env, read_steps
from .strategy import Strategy
from .template import Condition, Template

_KEYS = (
    "name permissions needs if runs-on environment concurrency outputs env defaults steps timeout-minutes"
    " cancel-timeout-minutes strategy continue-on-error container services snapshot"
)
KEYS = tuple(_KEYS.split())
_CALL_KEYS = "name uses with secrets strategy needs if concurrency permissions"
CALL_KEYS = tuple(_CALL_KEYS.split())
UNSUPPORTED = ("services", "snapshot")


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
    strategy: Strategy | None
    concurrency: Concurrency | None
    permissions: dict[str, str] | None
    call: Call | None = None  # then nothing of what follows
    runs_on: tuple[Template, ...] = ()
    environment: Environment | None = None
    env: dict[str, Template]
    defaults: dict[str, Template]
    outputs: dict[str, Template]
    continue_on_error: Template | None = None
    timeout_minutes: Template | None = None
    cancel_timeout_minutes: Template | None = None
    container: job_container.Definition | None = None
    steps: tuple[Step, ...] = ()


def read(value: Value) -> dict[str, Job]:
    """In the order in which their needs allow them to run."""
    entries = value.mapping("jobs")
    jobs = {job_id: _job(job_id, one, list(entries)) for job_id, one in entries.items()}
    if not jobs:
        raise value.error("A workflow needs at least one job")
    return _in_order(jobs, entries)


def read_defaults(value: Value | None, place: places.Place) -> dict[str, Template]:
    if value is None:
        return {}
    run = value.mapping("defaults", ("run",)).get("run")
    keys = run.mapping("defaults.run", ("shell", "working-directory")) if run else {}
    return {key: Template.of(item, place) for key, item in keys.items()}


def _job(job_id: str, value: Value, known: list[str]) -> Job:
    check_id(job_id, value)
    keys = value.mapping(f"job '{job_id}'")
    call = _call(job_id, value) if "uses" in keys else None
    if call is None:
        _check_keys(job_id, value)

    def typed(key: str, kind: type) -> Template | None:
        return Template.typed(keys[key], places.JOB, kind) if key in keys else None

    return Job(
        id=job_id,
        name=Template.of(keys["name"], places.JOB) if "name" in keys else None,
        line=value.line,
        needs=_needs(job_id, keys.get("needs"), known),
        condition=Condition.of(keys.get("if"), places.JOB_IF),
        strategy=strategy.read(keys.get("strategy")),
        concurrency=concurrency.read(keys.get("concurrency"), places.JOB),
        permissions=scopes.read(keys.get("permissions")),
        call=call,
        runs_on=_labels(keys.get("runs-on")),
        environment=_environment(keys.get("environment")),
        env=read_env(keys.get("env"), places.JOB_ENV),
        defaults=read_defaults(keys.get("defaults"), places.JOB_DEFAULTS),
        outputs=read_env(keys.get("outputs"), places.JOB_OUTPUT, "outputs"),
        continue_on_error=typed("continue-on-error", bool),
        timeout_minutes=typed("timeout-minutes", float),
        cancel_timeout_minutes=typed("cancel-timeout-minutes", float),
        container=job_container.read(keys.get("container")),
        steps=read_steps(keys["steps"], composite=False) if call is None else (),
    )


def _call(job_id: str, value: Value) -> Call:
    return interface.read_call(value.mapping(f"job '{job_id}', which calls a workflow", CALL_KEYS))


def _check_keys(job_id: str, value: Value) -> None:
    keys = value.mapping(f"job '{job_id}'", KEYS)
    for key in UNSUPPORTED:
        if key in keys:
            raise keys[key].unsupported(f"'{key}' in job '{job_id}'")
    value.mapping(f"job '{job_id}'", required=("runs-on", "steps"))


def _labels(value: Value | None) -> tuple[Template, ...]:
    if value is None:
        return ()
    labels = value.data if isinstance(value.data, list) else [value]
    return tuple(Template.of(label, places.JOB) for label in labels)


def _environment(value: Value | None) -> Environment | None:
    if value is None:
        return None
    if not isinstance(value.data, dict):
        return Environment(name=Template.of(value, places.JOB), url=None)
    keys = value.mapping("environment", ("name", "url", "deployment"), required=("name",))
    url = Template.of(keys["url"], places.ENVIRONMENT_URL) if "url" in keys else None
    return Environment(name=Template.of(keys["name"], places.JOB), url=url)


def _needs(job_id: str, value: Value | None, known: list[str]) -> tuple[str, ...]:
    """Job ids are not case-sensitive."""
    found = []
    for item in (value.data if isinstance(value.data, list) else [value]) if value is not None else ():
        name = item.text("needs")
        need = next((one for one in known if one.lower() == name.lower()), None)
        if need is None:
            raise item.error(f"Job '{job_id}' depends on unknown job '{name}'")
        found.append(need)
    return tuple(found)


def _in_order(jobs: dict[str, Job], entries: dict[str, Value]) -> dict[str, Job]:
    ordered: dict[str, Job] = {}
    waiting = dict(jobs)
    while waiting:
        ready = next((job for job in waiting.values() if all(need in ordered for need in job.needs)), None)
        if ready is None:
            raise _circle(waiting, entries)
        ordered[ready.id] = waiting.pop(ready.id)
    return ordered


def _circle(waiting: dict[str, Job], entries: dict[str, Value]) -> WorkflowError:
    """Follow what each waits for until a job comes again."""
    path: list[str] = [next(iter(waiting))]
    while path[-1] not in path[:-1]:
        path.append(next(need for need in waiting[path[-1]].needs if need in waiting))
    circle = path[path.index(path[-1]) :]
    place: Value = entries[circle[0]].data["needs"]
    return place.error(f"These jobs need each other: {' -> '.join(circle)}")

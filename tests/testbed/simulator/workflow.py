"""A workflow file: what GitHub's schema allows, minus what the simulator names as unsupported.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from dataclasses import dataclass, field
from pathlib import Path

from . import concurrency, interface, jobs, places, scopes
from .concurrency import Concurrency
from .document import Value, load
from .interface import Interface
from .jobs import Job
from .published import Source
from .steps import read_env
from .template import Template

WORKFLOW_KEYS = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")
EVENTS = {
    "push": ("branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"),
    "pull_request": ("types", "branches", "branches-ignore", "paths", "paths-ignore"),
    "workflow_dispatch": ("inputs",),
}


@dataclass(frozen=True, kw_only=True)
class Workflow:
    path: str  # as GitHub shows it, relative to the repository
    source: Source
    name: str
    run_name: Template | None
    triggers: dict[str, Value]
    interface: Interface | None  # None: it can't be called
    env: dict[str, Template]
    defaults: dict[str, Template]
    permissions: dict[str, str] | None
    concurrency: Concurrency | None
    jobs: dict[str, Job]  # in the order in which their needs allow them to run
    called: "dict[str, Workflow]" = field(default_factory=dict)  # by the id of the job that calls it


def read(file: Path, source: Source) -> Workflow:
    return parse(load(file, source.path), source)


def parse(value: Value, source: Source) -> Workflow:
    root = value.mapping("the workflow", WORKFLOW_KEYS, required=("on", "jobs"))
    triggers = _triggers(root["on"])
    called = triggers.get("workflow_call")
    return Workflow(
        path=value.file,
        source=source,
        name=root["name"].text("name") if "name" in root else value.file,
        run_name=Template.of(root["run-name"], places.RUN_NAME) if "run-name" in root else None,
        triggers=triggers,
        interface=interface.read(called) if called is not None else None,
        env=read_env(root.get("env"), places.WORKFLOW_ENV),
        defaults=jobs.read_defaults(root.get("defaults"), places.WORKFLOW_DEFAULTS),
        permissions=scopes.read(root.get("permissions")),
        concurrency=concurrency.read(root.get("concurrency"), places.WORKFLOW_CONCURRENCY),
        jobs=jobs.read(root["jobs"]),
    )


def _triggers(value: Value) -> dict[str, Value]:
    if not isinstance(value.data, dict):
        return {name: Value(None, value.line, value.file) for name in value.texts("on")}
    for name, event in value.data.items():
        if name in EVENTS and event.data is not None:
            event.mapping(f"on.{name}", EVENTS[name])
    return value.data

"""Which contexts and functions may stand where.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
Actions: https://github.com/actions/runner/blob/main/src/Runner.Worker/action_yaml.json
"""

from dataclasses import dataclass

STATUS = frozenset({"always", "cancelled", "failure", "success"})
GENERAL = frozenset({"contains", "startswith", "endswith", "format", "join", "tojson", "fromjson", "case"})
HASH = frozenset({"hashfiles"})


@dataclass(frozen=True)
class Place:
    name: str
    contexts: frozenset[str]
    functions: frozenset[str] = frozenset()


def _place(name: str, contexts: str, functions: frozenset[str] = frozenset()) -> Place:
    return Place(name, frozenset(contexts.split()), functions)


_WORKFLOW = "github inputs vars"
_JOB = f"{_WORKFLOW} needs strategy matrix"
_RUNNING = f"{_JOB} steps job runner env"
_ACTION = "github inputs strategy matrix steps job runner env"

RUN_NAME = _place("run-name", _WORKFLOW)
WORKFLOW_DEFAULTS = _place("defaults.run", "")
WORKFLOW_CONCURRENCY = _place("concurrency", _WORKFLOW)
WORKFLOW_ENV = _place("env", f"{_WORKFLOW} secrets")
JOB_IF = _place("jobs.<id>.if", f"{_WORKFLOW} needs", STATUS)
JOB = _place("a job's key", _JOB)
STRATEGY = _place("jobs.<id>.strategy", f"{_WORKFLOW} needs")
JOB_DEFAULTS = _place("jobs.<id>.defaults.run", f"{_JOB} env")
JOB_ENV = _place("jobs.<id>.env", f"{_JOB} secrets")
JOB_OUTPUT = _place("jobs.<id>.outputs", f"{_RUNNING} secrets")
ENVIRONMENT_URL = _place("jobs.<id>.environment.url", _RUNNING)
STEP = _place("a step's key", f"{_RUNNING} secrets", HASH)
STEP_IF = _place("a step's if", _RUNNING, STATUS | HASH)
CALL_INPUT = _place("jobs.<id>.with", _JOB)
CALL_SECRET = _place("jobs.<id>.secrets", f"{_JOB} secrets")
CALL_DEFAULT = _place("on.workflow_call.inputs.<id>.default", _WORKFLOW)
CALL_OUTPUT = _place("on.workflow_call.outputs.<id>.value", f"{_WORKFLOW} jobs")
COMPOSITE_STEP = _place("a composite action's step", _ACTION, HASH)
COMPOSITE_IF = _place("a composite action's if", _ACTION, STATUS | HASH)
COMPOSITE_OUTPUT = _place("a composite action's output", _ACTION)
POST_IF = _place("post-if", "github strategy matrix job runner env", STATUS | HASH)
INPUT_DEFAULT = _place("an input's default", "github strategy matrix job runner", HASH)
CONTAINER = _place("a container action's args and env", "inputs")
ANYWHERE = _place("a step of the runner's own", "", STATUS)

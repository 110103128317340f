"""A step, in a workflow or in a composite action.

https://github.com/actions/runner/blob/main/src/Sdk/DTPipelines/workflow-v1.0.json
https://github.com/actions/runner/blob/main/src/Runner.Worker/action_yaml.json
"""

import re
from dataclasses import dataclass

from . import places
from .document import Value
from .template import Condition, Template

COMMON = ("id", "if", "name", "env", "continue-on-error")
RUN_KEYS = ("run", "shell", "working-directory")
USES_KEYS = ("uses", "with")
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
UNSUPPORTED = ("background", "wait", "wait-all", "cancel", "parallel")
ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class Step:
    id: str  # what the author gave, or __run, __run_2, __org_name… as the service generates
    given_id: bool
    name: Template | None
    condition: Condition
    env: dict[str, Template]
    continue_on_error: Template | None
    timeout_minutes: Template | None
    run: Template | None
    shell: Template | None
    working_directory: Template | None
    uses: str
    inputs: dict[str, Template]  # `with`, in the author's letter case
    file: str
    line: int


def read_steps(value: Value, *, composite: bool) -> tuple[Step, ...]:
    steps: list[Step] = []
    taken: set[str] = set()
    for item in value.sequence("steps"):
        step = _step(item, taken, composite)
        taken.add(step.id.lower())
        steps.append(step)
    if not steps and not composite:
        raise value.error("steps must not be empty")
    return tuple(steps)


def read_env(value: Value | None, place: places.Place, what: str = "env") -> dict[str, Template]:
    if value is None or value.data is None:
        return {}
    return {name: Template.of(item, place) for name, item in value.mapping(what).items()}


def _step(value: Value, taken: set[str], composite: bool) -> Step:
    keys = _checked_keys(value, composite)
    place = places.COMPOSITE_STEP if composite else places.STEP

    def template(key: str) -> Template | None:
        return Template.of(keys[key], place) if key in keys else None

    def typed(key: str, kind: type) -> Template | None:
        return Template.typed(keys[key], place, kind) if key in keys else None

    uses = keys["uses"].text("uses") if "uses" in keys else ""
    if "${{" in uses:
        raise keys["uses"].error("uses takes no expressions")
    return Step(
        id=_id(keys, uses, taken),
        given_id="id" in keys,
        name=template("name"),
        condition=Condition.of(keys.get("if"), places.COMPOSITE_IF if composite else places.STEP_IF),
        env=read_env(keys.get("env"), place),
        continue_on_error=typed("continue-on-error", bool),
        timeout_minutes=typed("timeout-minutes", float),
        run=template("run"),
        shell=template("shell"),
        working_directory=template("working-directory"),
        uses=uses,
        inputs=read_env(keys.get("with"), place, "with"),
        file=value.file,
        line=value.line,
    )


def _checked_keys(value: Value, composite: bool) -> dict[str, Value]:
    keys = value.mapping("a step")
    for key in UNSUPPORTED:
        if key in keys:
            raise keys[key].unsupported(f"'{key}' in a step")
    kinds = [kind for kind in ("run", "uses") if kind in keys]
    if len(kinds) != 1:
        problem = "both run and uses" if kinds else "neither run nor uses"
        raise value.error(f"A step has one of run and uses; this one has {problem}")
    own = RUN_KEYS if kinds == ["run"] else USES_KEYS
    common = COMMON if composite else (*COMMON, "timeout-minutes")
    required = ("run", "shell") if composite and kinds == ["run"] else ()
    where = "a composite action's step" if composite else "a step"
    return value.mapping(f"{where} with {kinds[0]}", (*common, *own), required)


def _id(keys: dict[str, Value], uses: str, taken: set[str]) -> str:
    if "id" in keys:
        given = keys["id"].text("id")
        check_id(given, keys["id"])
        if given.lower() in taken:
            raise keys["id"].error(
                f"The identifier '{given}' may not be used more than once within the same scope"
            )
        return given
    base = "__" + (
        re.sub(r"[^A-Za-z0-9_-]", "_", uses.partition("@")[0].lstrip("./")) or "self" if uses else "run"
    )
    number = 1
    while (name := base if number == 1 else f"{base}_{number}").lower() in taken:
        number += 1
    return name


def check_id(given: str, value: Value) -> None:
    """Of a job or a step: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_id"""
    if not ID.fullmatch(given) or given.startswith("__") or len(given) >= 100:
        raise value.error(
            f"The identifier '{given}' is invalid: letters, digits, - and _, the first a letter or _, no"
            " leading __, fewer than 100"
        )


def internal_step(condition: str) -> Step:
    """Stands for what the runner does itself: job set-up and completion."""
    when = Condition.of(Value(condition, 0, ""), places.ANYWHERE)
    nothing: Template | None = None
    return Step(
        id="__runner",
        given_id=False,
        name=nothing,
        condition=when,
        env={},
        continue_on_error=nothing,
        timeout_minutes=nothing,
        run=nothing,
        shell=nothing,
        working_directory=nothing,
        uses="",
        inputs={},
        file="",
        line=0,
    )

"""`on.workflow_call`: what a workflow takes from a job that calls it, and what it gives back.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_call
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/WorkflowTemplateConverter.cs
"""

from dataclasses import dataclass, field
from typing import Any

from . import places
from .document import Value
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .expressions.values import text
from .template import Template

TYPES: dict[str, tuple[type, Any]] = {  # and what an input is when neither caller nor file say
    "boolean": (bool, False),
    "number": (float, 0.0),
    "string": (object, ""),  # takes the other types as text
}


@dataclass(frozen=True)
class Input:
    type: str
    required: bool
    default: Template | None

    def value(self, given: Template | None, scope: Scope, own: Scope) -> Any:
        """`own` is what the called workflow's file may refer to, `scope` what the caller's may."""
        if given is None and self.default is None:
            return TYPES[self.type][1]
        if given is None:
            return self._converted(self.default, own)
        return self._converted(given, scope)

    def _converted(self, template: Template | None, scope: Scope) -> Any:
        assert template is not None
        if self.type == "boolean":
            return template.boolean(scope)
        return template.number(scope) if self.type == "number" else template.text(scope)


@dataclass(frozen=True)
class Interface:
    """Names are not case-sensitive; they are kept as the file writes them."""

    inputs: dict[str, Input] = field(default_factory=dict)
    secrets: dict[str, bool] = field(default_factory=dict)  # name -> required
    outputs: dict[str, Template] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """`uses`, `with` and `secrets` of a job that calls a workflow."""

    uses: Value
    inputs: dict[str, Value]
    secrets: dict[str, Value]
    inherit: bool


def read(value: Value) -> Interface:
    if value.data is None:
        return Interface()
    keys = value.mapping("on.workflow_call", ("inputs", "secrets", "outputs"))
    return Interface(
        inputs={name: _input(name, one) for name, one in _entries(keys, "inputs").items()},
        secrets={name: _secret(name, one) for name, one in _entries(keys, "secrets").items()},
        outputs={name: _output(name, one) for name, one in _entries(keys, "outputs").items()},
    )


def _entries(keys: dict[str, Value], key: str) -> dict[str, Value]:
    return keys[key].mapping(f"on.workflow_call.{key}") if key in keys and keys[key].data is not None else {}


def _input(name: str, value: Value) -> Input:
    known = ("description", "type", "required", "default")
    keys = value.mapping(f"input '{name}'", known, required=("type",))
    kind = keys["type"].text("type")
    if kind not in TYPES:
        raise keys["type"].error(f"Unexpected value '{kind}' for type; it is {', '.join(TYPES)}")
    default = keys.get("default")
    return Input(
        type=kind,
        required=_flag(keys.get("required")),
        default=Template.typed(default, places.CALL_DEFAULT, TYPES[kind][0]) if default is not None else None,
    )


def _secret(name: str, value: Value) -> bool:
    if value.data is None:
        return False
    return _flag(value.mapping(f"secret '{name}'", ("description", "required")).get("required"))


def _output(name: str, value: Value) -> Template:
    keys = value.mapping(f"output '{name}'", ("description", "value"), required=("value",))
    return Template.of(keys["value"], places.CALL_OUTPUT)


def _flag(value: Value | None) -> bool:
    if value is not None and not isinstance(value.data, bool):
        raise value.error(f"Unexpected value '{text(value.data)}'")
    return value is not None and value.data is True


def read_call(keys: dict[str, Value]) -> Call:
    """Each value is parsed here already, so that a wrong expression is refused before anything runs."""
    if "${{" in keys["uses"].text("uses"):
        raise keys["uses"].error("uses takes no expressions")
    inputs = keys["with"].mapping("with") if "with" in keys else {}
    inherit = "secrets" in keys and keys["secrets"].data == "inherit"
    secrets = keys["secrets"].mapping("secrets") if "secrets" in keys and not inherit else {}
    for value in inputs.values():
        Template.typed(value, places.CALL_INPUT)
    for value in secrets.values():
        Template.typed(value, places.CALL_SECRET)
    return Call(keys["uses"], inputs, secrets, inherit)


def check(call: Call, interface: Interface) -> None:
    """What can be told before the run: names, and the types of literals."""
    _check_names(call, call.inputs, interface.inputs, "input")
    for name, one in interface.inputs.items():
        given = _given(call.inputs, name)
        if given is not None:
            Template.typed(given, places.CALL_INPUT, TYPES[one.type][0])
        elif one.required:
            raise call.uses.error(f"Input {name} is required, but not provided while calling")
    if call.inherit:
        return
    _check_names(call, call.secrets, interface.secrets, "secret")
    for name, required in interface.secrets.items():
        if required and _given(call.secrets, name) is None:
            raise call.uses.error(f"Secret {name} is required, but not provided while calling")


def _check_names(call: Call, given: dict[str, Value], declared: dict[str, Any], kind: str) -> None:
    known = {name.lower() for name in declared}
    for name, value in given.items():
        if name.lower() not in known:
            raise value.error(
                f"Invalid {kind}, {name} is not defined in the referenced workflow {call.uses.data}"
                f" (it has {', '.join(declared) or 'none'})"
            )


def _given(values: dict[str, Value], name: str) -> Value | None:
    return next((value for given, value in values.items() if given.lower() == name.lower()), None)


def inputs(call: Call, interface: Interface, scope: Scope) -> dict[str, Any]:
    """The inputs context of the called workflow."""
    own = Scope({name: scope.contexts.get(name) for name in ("github", "vars")})
    found = {}
    for name, one in interface.inputs.items():
        value = _given(call.inputs, name)
        kind = TYPES[one.type][0]
        given = Template.typed(value, places.CALL_INPUT, kind) if value is not None else None
        found[name] = one.value(given, scope, own)
    return found


def secrets(call: Call, scope: Scope) -> dict[str, str]:
    """What the called workflow's secrets context has: an empty secret is none."""
    if call.inherit:
        return dict(scope.contexts["secrets"])
    templates = {name: Template.of(value, places.CALL_SECRET) for name, value in call.secrets.items()}
    found = {name: template.text(scope) for name, template in templates.items()}
    return {name: value for name, value in found.items() if value}


def outputs(interface: Interface, scope: Scope) -> dict[str, str]:
    try:
        found = {name: template.text(scope) for name, template in interface.outputs.items()}
    except WorkflowError as error:
        raise WorkflowError(
            f"An output of the workflow: {error.message}", file=error.file, line=error.line
        ) from error
    return {name: value for name, value in found.items() if value}

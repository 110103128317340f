"""An action's action.yml.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionManifestManager.cs
"""

from dataclasses import dataclass
from pathlib import Path

from . import places
from .document import Value, load
from .errors import WorkflowError
from .steps import Step, read_env, read_steps
from .template import Condition, Template

CONTAINER_KEYS = (
    "using", "image", "entrypoint", "args", "env", "pre-entrypoint", "pre-if", "post-entrypoint", "post-if",
)  # fmt: skip
UNSUPPORTED = ("pre-entrypoint", "pre-if")


@dataclass(frozen=True, kw_only=True)
class Container:
    image: str
    entrypoint: str
    args: tuple[Template, ...] | None
    env: dict[str, Template]
    post: str = ""  # entrypoint of the container that cleans up
    post_if: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Action:
    folder: Path
    file: str
    inputs: dict[str, Template | None]  # name -> default
    deprecated: dict[str, str]  # input -> message
    outputs: dict[str, Template]
    steps: tuple[Step, ...] | None  # of a composite action
    container: Container | None


def read(folder: Path, uses: str) -> Action:
    """The action in a folder: action.yml, action.yaml, or a bare Dockerfile."""
    file = next((folder / name for name in ("action.yml", "action.yaml") if (folder / name).is_file()), None)
    if file is not None:
        return _read(folder, load(file, f"{uses.partition('@')[0]}/{file.name}"))
    dockerfile = next((name for name in ("Dockerfile", "dockerfile") if (folder / name).is_file()), "")
    if not dockerfile:
        raise WorkflowError(
            f"Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{folder}'."
            " Did you forget to run actions/checkout before running your local action?"
        )
    bare = Container(image=dockerfile, entrypoint="", args=None, env={})
    return Action(
        folder=folder, file=dockerfile, inputs={}, deprecated={}, outputs={}, steps=None, container=bare
    )


def _read(folder: Path, root: Value) -> Action:
    keys = root.mapping("the action file", required=("runs",))
    runs = keys["runs"].mapping("runs", required=("using",))
    using = runs["using"].text("runs.using")
    inputs = {name: _input(value) for name, value in _optional(keys, "inputs").items()}
    composite = using == "composite"
    if composite:
        keys["runs"].mapping("runs of a composite action", ("using", "steps"), required=("steps",))
    elif using != "docker":
        raise runs["using"].error(
            f"The simulator runs composite and docker actions (and answers actions/checkout), not '{using}':"
            " act does, where the runner has Node.js (`./testbed run --on act`)"
        )
    return Action(
        folder=folder,
        file=root.file,
        inputs={name: default for name, (default, _) in inputs.items()},
        deprecated={name: message for name, (_, message) in inputs.items() if message},
        outputs=_outputs(keys) if composite else {},
        steps=read_steps(runs["steps"], composite=True) if composite else None,
        container=None if composite else _container(keys["runs"]),
    )


def _optional(keys: dict[str, Value], key: str) -> dict[str, Value]:
    return keys[key].mapping(key) if key in keys and keys[key].data is not None else {}


def _input(value: Value) -> tuple[Template | None, str]:
    if value.data is None:
        return None, ""
    keys = value.mapping("an input")
    default = Template.of(keys["default"], places.INPUT_DEFAULT) if "default" in keys else None
    deprecation = keys.get("deprecationMessage")
    return default, deprecation.text("deprecationMessage") if deprecation else ""


def _outputs(keys: dict[str, Value]) -> dict[str, Template]:
    found = {}
    for name, value in _optional(keys, "outputs").items():
        definition = value.mapping("an output", ("description", "value"))
        if "value" in definition:
            found[name] = Template.of(definition["value"], places.COMPOSITE_OUTPUT)
    return found


def _container(runs: Value) -> Container:
    keys = runs.mapping("runs of a docker action", CONTAINER_KEYS, required=("image",))
    for key in UNSUPPORTED:
        if key in keys:
            raise keys[key].unsupported(f"'{key}'")
    args = keys["args"].sequence("args") if "args" in keys else None
    return Container(
        image=keys["image"].text("image"),
        entrypoint=keys["entrypoint"].text("entrypoint") if "entrypoint" in keys else "",
        args=None if args is None else tuple(Template.of(arg, places.CONTAINER) for arg in args),
        env=read_env(keys.get("env"), places.CONTAINER),
        post=keys["post-entrypoint"].text("post-entrypoint") if "post-entrypoint" in keys else "",
        post_if=Condition.of(keys.get("post-if", Value("always()", 0, "")), places.POST_IF),
    )


def from_image(image: str) -> Action:
    """`uses: docker://IMAGE`: an action without a file."""
    bare = Container(image=f"docker://{image}", entrypoint="", args=None, env={})
    return Action(folder=Path(), file="", inputs={}, deprecated={}, outputs={}, steps=None, container=bare)

"""A job's `container:`: what the workflow says, and what it comes to when the job starts.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
"""

from dataclasses import dataclass

from . import places
from .document import Value
from .dotnet import split_arguments
from .errors import WorkflowError
from .expressions.evaluate import Scope
from .steps import read_env
from .template import Template

KEYS = ("image", "credentials", "env", "ports", "volumes", "options")
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontaineroptions
UNSUPPORTED_OPTIONS = ("--network", "--entrypoint")
DOCKER_HUB = ""


@dataclass(frozen=True, kw_only=True)
class Definition:
    image: Template
    optional: bool  # an empty image means none
    username: Template | None = None
    password: Template | None = None
    env: dict[str, Template]
    ports: tuple[Template, ...] = ()
    volumes: tuple[Template, ...] = ()
    options: Template | None = None


@dataclass(frozen=True, kw_only=True)
class Container:
    image: str
    username: str
    password: str
    env: dict[str, str]
    ports: list[str]
    volumes: list[str]
    options: list[str]

    @property
    def registry(self) -> str:
        """https://github.com/actions/runner/blob/main/src/Runner.Worker/Container/DockerUtil.cs"""
        first, slash, _ = self.image.partition("/")
        return first if slash and ("." in first or ":" in first or first == "localhost") else DOCKER_HUB


def read(value: Value | None) -> Definition | None:
    if value is None or value.data is None:
        return None
    if not isinstance(value.data, dict):
        return Definition(image=Template.of(value, places.JOB_CONTAINER), optional=True, env={})
    keys = value.mapping("container", KEYS, required=("image",))
    credentials = _credentials(keys.get("credentials"))
    return Definition(
        image=Template.of(keys["image"], places.JOB_CONTAINER),
        optional=False,
        username=credentials.get("username"),
        password=credentials.get("password"),
        env=read_env(keys.get("env"), places.JOB_CONTAINER_ENV, "container.env"),
        ports=_list(keys, "ports"),
        volumes=_list(keys, "volumes"),
        options=_options(keys.get("options")),
    )


def _credentials(value: Value | None) -> dict[str, Template]:
    if value is None:
        return {}
    keys = value.mapping("credentials", ("username", "password"), required=("username", "password"))
    return {key: Template.of(item, places.JOB_CONTAINER_CREDENTIALS) for key, item in keys.items()}


def _list(keys: dict[str, Value], key: str) -> tuple[Template, ...]:
    items = keys[key].sequence(f"container.{key}") if key in keys else []
    return tuple(Template.of(item, places.JOB_CONTAINER) for item in items)


def _options(value: Value | None) -> Template | None:
    if value is None:
        return None
    template = Template.of(value, places.JOB_CONTAINER)
    for word in split_arguments(template.source):
        if word.partition("=")[0] in UNSUPPORTED_OPTIONS:
            raise value.error(f"GitHub does not support {word.partition('=')[0]} in container.options")
    return template


def settle(definition: Definition, scope: Scope) -> Container | None:
    """None where the image is an empty string: the job runs on the host."""
    image = definition.image.text(scope).removeprefix("docker://")
    if not image:
        if definition.optional:
            return None
        place = definition.image
        raise WorkflowError("Container image cannot be empty", file=place.file, line=place.line)

    def text(template: Template | None) -> str:
        return template.text(scope) if template else ""

    return Container(
        image=image,
        username=text(definition.username),
        password=text(definition.password),
        env={name: template.text(scope) for name, template in definition.env.items()},
        ports=[template.text(scope) for template in definition.ports],
        volumes=[template.text(scope) for template in definition.volumes],
        options=split_arguments(text(definition.options)),
    )

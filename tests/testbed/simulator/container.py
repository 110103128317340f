"""Docker container actions.

https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs
"""

import json
import re
import shlex
import uuid
from dataclasses import replace
from pathlib import Path

from .action import Action
from .docker import Mount, RunLine, docker, image_label
from .environment import process_environment, proxies, runner_variables
from .errors import StepFailure
from .expressions.evaluate import Scope
from .output import Output
from .results import StepResult
from .script import execute
from .state import Folders, Frame, JobState

ATTEMPTS = 3
OF_ACTION = ("action_repository", "action_ref", "action_path")


def mounts(folders: Folders) -> list[Mount]:
    temp = folders.temp
    return [
        Mount(Path("/var/run/docker.sock"), "/var/run/docker.sock"),
        Mount(temp, "/github/runner_temp"),
        Mount(temp / "_github_home", "/github/home"),
        Mount(temp / "_github_workflow", "/github/workflow"),
        Mount(temp / "_runner_file_commands", "/github/file_commands"),
        Mount(folders.workspace, "/github/workspace"),
    ]


def to_container(value: str, folders: Folders) -> str:
    """A value that starts with a mounted path is rewritten; paths inside a value are not."""
    for mount in reversed(mounts(folders)[1:]):
        if value == str(mount.source) or value.startswith(f"{mount.source}/"):
            return mount.target + value.removeprefix(str(mount.source))
    return value


def to_host(value: str, folders: Folders) -> str:
    for mount in reversed(mounts(folders)[1:]):
        if value == mount.target or value.startswith(f"{mount.target}/"):
            return str(mount.source) + value.removeprefix(mount.target)
    return value


def prepare(frame: Frame, action: Action) -> str:
    """Pull or build the action's image; remote actions' at job start, needed or not."""
    assert action.container is not None
    image = action.container.image
    if image.startswith("docker://"):
        name = image.removeprefix("docker://")
        return _prepared(frame, f"Pull down action image '{name}'", name, ["pull", name])
    dockerfile = action.folder / image
    if not dockerfile.is_file():
        raise StepFailure(f"File not found: '{dockerfile}'")
    tag = f"{image_label(frame.job.config)}:{uuid.uuid4().hex}"
    build = ["build", "-t", tag, "-f", str(dockerfile), str(dockerfile.resolve().parent)]
    return _prepared(frame, f"Build container for action use: '{dockerfile}'.", tag, build)


def _prepared(frame: Frame, title: str, image: str, arguments: list[str]) -> str:
    job = frame.job
    program = docker(job)
    job.log.write(f"##[group]{title}")
    job.log.write("##[command]" + shlex.join([program, *arguments]))
    env = process_environment(job, {})
    exit_code = 1
    for attempt in range(1, ATTEMPTS + 1):
        exit_code = execute(frame, [program, *arguments], env, job.folders.workspace)
        if not exit_code:
            break
        if attempt < ATTEMPTS:
            frame.warning(f"Docker {arguments[0]} failed with exit code {exit_code}, back off before retry.")
    job.log.write("##[endgroup]")
    if exit_code:
        raise StepFailure(f"Docker {arguments[0]} failed with exit code {exit_code}")
    return image


def run(frame: Frame, action: Action, inputs: dict[str, str]) -> None:
    assert action.container is not None
    lowered = {name.lower(): value for name, value in inputs.items()}
    image = frame.job.images.get(image_key(action)) or prepare(frame, action)
    if action.container.post:
        _register_post(frame, action, inputs, image)
    _start(frame, action, inputs, image, action.container.entrypoint or lowered.get("entrypoint", ""))


def _register_post(frame: Frame, action: Action, inputs: dict[str, str], image: str) -> None:
    """A new container at the job's end, with what the first one left in GITHUB_STATE as STATE_*."""
    container, github = action.container, dict(frame.github)
    assert container is not None
    assert container.post_if is not None

    def start(post: Frame) -> None:
        post.github.update({name: github[name] for name in OF_ACTION if name in github})
        _start(post, action, inputs, image, container.post)

    step = replace(
        frame.step,
        id=f"{frame.step.id}-post",
        given_id=False,
        name=None,
        condition=container.post_if,
        env={},
        timeout_minutes=None,
    )
    post = Frame(
        job=frame.job,
        step=step,
        result=StepResult(id=step.id, name=f"Post {frame.result.name}"),
        github=frame.job.github,
        state=frame.state,
        given_env={name: frame.env[name] for name in frame.overrides},
        handler=start,
    )
    frame.job.posts.append(post)


def _start(frame: Frame, action: Action, inputs: dict[str, str], image: str, entrypoint: str) -> None:
    job = frame.job
    env = _environment(frame, action, inputs)
    for folder in ("_github_home", "_github_workflow"):
        (job.folders.temp / folder).mkdir(parents=True, exist_ok=True)
    (job.folders.temp / "_github_workflow" / "event.json").write_text(json.dumps(job.github["event"]))
    line = RunLine(
        image=image,
        name=f"{re.sub('[^A-Za-z0-9_]', '', image)}_{uuid.uuid4().hex[:6]}",
        label=image_label(job.config),
        variables=list(env),
        mounts=mounts(job.folders),
        entrypoint=entrypoint,
        arguments=_arguments(action, inputs),
        network=job.container.network if job.container else "",
    )
    argv = line.argv()
    program = docker(job)
    job.log.write("##[command]" + shlex.join([program, *argv]))
    lines = Output(frame, lambda path: to_host(path, job.folders))
    if execute(
        frame, [program, *argv], process_environment_of_client(job, env), job.folders.workspace, lines
    ):
        frame.failed = True


def process_environment_of_client(job: JobState, env: dict[str, str]) -> dict[str, str]:
    """The docker client is given the container's variables, HOME among them, to pass on by name."""
    return {**job.host_environment, **env, "GITHUB_ACTIONS": "true", "CI": env.get("CI", "true")}


def image_key(action: Action) -> str:
    assert action.container is not None
    image = action.container.image
    return image if image.startswith("docker://") else str(action.folder / image)


def _environment(frame: Frame, action: Action, inputs: dict[str, str]) -> dict[str, str]:
    """The step's env, INPUT_*, runs.env where the name is free, then what the runner always sets.

    The runner's proxies come first, where the step's env doesn't name them: ContainerInfo.cs,
    UpdateWebProxyEnv.
    """
    assert action.container is not None
    job = frame.job
    env = {**proxies(job.host_environment), **frame.env}
    env.update({f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in inputs.items()})
    scope = Scope({"inputs": inputs})
    for name, template in action.container.env.items():
        env.setdefault(name, template.text(scope))
    env.update({f"STATE_{name}": value for name, value in frame.state.items()})
    env["HOME"] = str(job.folders.temp / "_github_home")
    env.update(runner_variables(frame))
    env["ACTIONS_RUNTIME_URL"] = "https://pipelines.actions.githubusercontent.com/"
    env["ACTIONS_RUNTIME_TOKEN"] = job.contexts["secrets"]["GITHUB_TOKEN"]
    return {name: to_container(value, job.folders) for name, value in env.items()}


def _arguments(action: Action, inputs: dict[str, str]) -> str:
    """As the runner writes them: each quoted, empty ones too; an `args` input as it is."""
    assert action.container is not None
    if action.container.args is None:
        return next((value for name, value in inputs.items() if name.lower() == "args"), "")
    values = [template.text(Scope({"inputs": inputs})) for template in action.container.args]
    return " ".join('"' + value.replace('"', '\\"') + '"' for value in values)

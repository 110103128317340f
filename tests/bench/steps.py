"""An action's release tree on the machine, and the environment that the runner gives its step."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import yaml

from bench.measure import Command
from testbed.runner_host.machine import Machine
from tools.paths import ROOT
from tools.vendor.tree import export

FOLDER = "/home/runner/bench"
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")
FILES = {"GITHUB_ENV": "env", "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
CA = {"AWS_CA_BUNDLE": "/opt/actions-runner/ca.crt"}


def install(machine: Machine, action: str) -> str:
    """A new copy of the release tree, so without `.pyc`; its path on the machine."""
    export(action, machine.root / FOLDER.lstrip("/") / action)
    return f"{FOLDER}/{action}"


def new_job(machine: Machine) -> str:
    """A job's folder with empty command files, owned by the runner's user."""
    folder = f"{FOLDER}/job-{secrets.token_hex(4)}"
    machine.run(["mkdir", "-p", f"{folder}/temp", f"{folder}/work"], check=True)
    machine.run(["touch", *(f"{folder}/{name}" for name in FILES.values())], check=True)
    return folder


def composite(action: str, path: str, job: str, given: Mapping[str, str]) -> Command:
    """The one `run` step of a composite action."""
    definition = _definition(action)
    (step,) = definition["runs"]["steps"]
    inputs = {"ACTION_INPUTS": json.dumps(_inputs(definition, given)), "GITHUB_ACTION_PATH": path}
    return Command(argv=[*BASH, step["run"]], env={**_environment(job), **inputs}, cwd=f"{job}/work")


def container(action: str, path: str, job: str, given: Mapping[str, str]) -> Command:
    """The entrypoint of a container action, without the container."""
    inputs = {f"INPUT_{name.upper()}": text for name, text in _inputs(_definition(action), given).items()}
    argv = ["python3", "-ISBu", f"{path}/entrypoint.py"]
    return Command(argv=argv, env={**_environment(job), **inputs}, cwd=f"{job}/work")


def _definition(action: str) -> Any:
    return yaml.safe_load((ROOT / action / "action.yml").read_text())


def _inputs(definition: Any, given: Mapping[str, str]) -> dict[str, str]:
    return {name: str(spec.get("default", "")) for name, spec in definition["inputs"].items()} | dict(given)


def _environment(job: str) -> dict[str, str]:
    files = {name: f"{job}/{file}" for name, file in FILES.items()}
    return {
        **CA,
        **files,
        "AWS_REGION": "ap-northeast-2",
        "GITHUB_REPOSITORY": "org/app",
        "GITHUB_WORKSPACE": f"{job}/work",
        "RUNNER_TEMP": f"{job}/temp",
    }

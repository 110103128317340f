"""The command line of `testbed run`."""

import argparse
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from testbed import events
from testbed.errors import TestbedError
from testbed.payloads import event_of
from testbed.run_hosts import ACT, SIMULATOR, Host, LocalFolders, Program, RunnerMachine
from testbed.runner_host import kinds


@dataclass(frozen=True)
class Arguments:
    workflow: Path
    repository: Path
    host: Host
    trigger: dict[str, Any]


def parse(argv: list[str]) -> Arguments:
    given = _parser().parse_args(argv)
    event, payload = _event(given.event, given.event_file)
    environments: dict[str, dict[str, dict[str, str]]] = {}
    for kind, pairs in (("secrets", given.environment_secret), ("variables", given.environment_var)):
        for place, value in pairs:
            environment, _, name = place.partition(":")
            environments.setdefault(environment, {}).setdefault(kind, {})[name] = value
    trigger = {
        "event": event,
        "payload": payload,
        "fork": given.fork,
        "name": given.name,
        "ref": given.ref,
        "actor": given.actor,
        "job": given.job,
        "debug": given.debug,
        "secrets": dict(given.secret),
        "variables": dict(given.var),
        "inputs": {**_inputs(payload), **dict(given.input)},
        "settings": {"immutable_sub": True} if given.immutable_subject else {},
        "others": dict(given.publish),
        "environments": environments,
    }
    program = Program(ACT if given.image else given.on, given.image)
    host: Host
    if given.local:
        host = LocalFolders(given.local.resolve(), program=program)
    else:
        host = RunnerMachine.named(given.runner, program)
    return Arguments(given.workflow, given.repository, host, trigger)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="./testbed run", description="Run a GitHub Actions workflow on a runner of the testbed."
    )
    parser.add_argument("workflow", type=Path, help="workflow file")
    parser.add_argument(
        "--repository", type=Path, default=Path(), help="directory to publish (default: here)"
    )
    parser.add_argument("--name", default="", help="OWNER/NAME (default: the organisation's, DIRECTORY)")
    publish = "publish this first, for a `uses:` of another repository"
    _add_list(parser, "--publish", "OWNER/NAME@TAG=DIR", _other, publish)
    parser.add_argument("--job", default="", help="only this job and those it needs")
    parser.add_argument(
        "--debug", action="store_true", help="show debug messages, as ACTIONS_STEP_DEBUG does"
    )
    _add_event(parser.add_argument_group("the event"))
    _add_runner(parser.add_argument_group("the runner"))
    _add_settings(parser.add_argument_group("what the workflow is given"))
    return parser


def _add_event(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--event",
        default="push",
        metavar="NAME|FILE",
        help=f"{', '.join(events.NAMES)} (default: push), or a JSON payload that shows which it is",
    )
    group.add_argument(
        "--event-file", type=Path, metavar="FILE", help="a JSON payload, of which --event is the name"
    )
    group.add_argument("--fork", action="store_true", help="the pull request comes from a fork")
    group.add_argument("--ref", default="", help="in full (default: what the event is about)")
    group.add_argument("--actor", default="", help=f"default: {events.PERSON}")
    group.add_argument(
        "--immutable-subject", action="store_true", help="ID tokens' sub with the ids of owner and repository"
    )


def _add_runner(group: "argparse._ArgumentGroup") -> None:
    runner = f"one of the organisation's (default: its first), or {', '.join(kinds.KINDS)}"
    group.add_argument("--runner", default="", help=runner)
    group.add_argument("--local", type=Path, metavar="DIR", help="no testbed: this machine, folders in DIR")
    group.add_argument(
        "--on", choices=[SIMULATOR, ACT], default="", help="default: the simulator, or act if it has to be"
    )
    group.add_argument("--image", default="", help="on act, run jobs in containers of this image")


def _add_settings(group: "argparse._ArgumentGroup") -> None:
    pair, of_environment = "NAME=VALUE", "ENVIRONMENT:NAME=VALUE"
    _add_list(group, "--secret", pair, _pair, f"{pair}, or NAME to take it from the environment")
    _add_list(group, "--var", pair, _pair, pair)
    _add_list(group, "--input", pair, _pair, f"{pair}, for workflow_dispatch")
    _add_list(group, "--environment-secret", of_environment, _pair, of_environment)
    _add_list(group, "--environment-var", of_environment, _pair, of_environment)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise TestbedError(message, f"`{self.prog} --help` lists the options.")


def _event(given: str, file: Path | None) -> tuple[str, dict[str, Any]]:
    """The event's name and payload: from both options, or from a file that shows what it is."""
    if given in events.NAMES:
        return given, _payload(file) if file else {}
    path = Path(given)
    if not path.is_file():
        raise TestbedError(
            f"--event {given}: there is no such event, and no such file",
            f"Events: {', '.join(events.NAMES)}.",
        )
    if file:
        raise TestbedError("--event and --event-file are both files", "--event is the event's name then.")
    payload = _payload(path)
    name = event_of(payload)
    if not name:
        raise TestbedError(
            f"{given} doesn't show which event it is", f"Say it: --event NAME --event-file {given}."
        )
    return name, payload


def _payload(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TestbedError(f"{file} can't be read: {error.strerror}", "It is a JSON file.") from error
    except ValueError as error:
        raise TestbedError(f"{file} isn't JSON: {error}", "It is a webhook's body.") from error
    if not isinstance(found, dict):
        raise TestbedError(f"{file} isn't a JSON object", "It is a webhook's body.")
    return found


def _inputs(payload: dict[str, Any]) -> dict[str, str]:
    """Of a workflow_dispatch; GitHub has them as text."""
    found = payload.get("inputs") or {}
    if not isinstance(found, dict):
        raise TestbedError("inputs in the payload is no object", "It is NAME: VALUE.")
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in found.items()}


def _add_list(
    parser: "argparse._ActionsContainer", option: str, shown: str, read: Callable[[str], object], text: str
) -> None:
    parser.add_argument(option, type=read, action="append", default=[], metavar=shown, help=text)


def _other(text: str) -> tuple[str, Path]:
    name, equals, directory = text.partition("=")
    if not (equals and re.fullmatch(r"[^/@\s]+/[^/@\s]+@\S+", name)):
        raise argparse.ArgumentTypeError(f"{text} is not of the form OWNER/NAME@TAG=DIR")
    return name, Path(directory)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if equals:
        return name, value
    variable = name.rpartition(":")[2]
    if variable not in os.environ:
        raise argparse.ArgumentTypeError(f"{name} has no value, and the environment has no {variable}")
    return name, os.environ[variable]

"""The command line of `testbed run`."""

import argparse
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testbed.run_hosts import ACT, SIMULATOR, Host, LocalFolders, Program, RunnerMachine
from testbed.runner_host import kinds

EVENTS = ("push", "pull_request", "workflow_dispatch")


@dataclass(frozen=True)
class Arguments:
    workflow: Path
    repository: Path
    host: Host
    trigger: dict[str, Any]


def parse(argv: list[str]) -> Arguments:
    given = _parser().parse_args(argv)
    environments: dict[str, dict[str, dict[str, str]]] = {}
    for kind, pairs in (("secrets", given.environment_secret), ("variables", given.environment_var)):
        for place, value in pairs:
            environment, _, name = place.partition(":")
            environments.setdefault(environment, {}).setdefault(kind, {})[name] = value
    trigger = {
        "event": given.event,
        "payload": json.loads(given.event_file.read_text()) if given.event_file else None,
        "name": given.name,
        "ref": given.ref,
        "actor": given.actor,
        "job": given.job,
        "debug": given.debug,
        "secrets": dict(given.secret),
        "variables": dict(given.var),
        "inputs": dict(given.input),
        "others": dict(given.publish),
        "environments": environments,
    }
    program = Program(ACT if given.image else given.on, given.image)
    host: Host = RunnerMachine(given.runner, program)
    if given.local:
        host = LocalFolders(given.local.resolve(), program=program)
    return Arguments(given.workflow, given.repository, host, trigger)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./testbed run", description="Run a GitHub Actions workflow on a runner of the testbed."
    )
    parser.add_argument("workflow", type=Path, help="workflow file")
    parser.add_argument(
        "--repository", type=Path, default=Path(), help="directory to publish (default: here)"
    )
    parser.add_argument(
        "--publish", type=_other, action="append", default=[], metavar="OWNER/NAME@TAG=DIR",
        help="publish this first, for a `uses:` of another repository",
    )  # fmt: skip
    parser.add_argument("--name", default="", help="OWNER/NAME (default: org/DIRECTORY)")
    parser.add_argument("--event", choices=EVENTS, default="push")
    parser.add_argument("--event-file", type=Path, help="the event's JSON payload")
    parser.add_argument("--ref", default="", help="default: refs/heads/main, or refs/pull/1/merge")
    parser.add_argument("--actor", default="octocat")
    parser.add_argument("--job", default="", help="only this job and those it needs")
    parser.add_argument(
        "--debug", action="store_true", help="show debug messages, as ACTIONS_STEP_DEBUG does"
    )
    known = ", ".join([kinds.LIKE, *kinds.KINDS])
    parser.add_argument("--runner", default=kinds.LIKE, help=f"one of {known} (default: {kinds.LIKE})")
    parser.add_argument("--local", type=Path, metavar="DIR", help="no testbed: this machine, folders in DIR")
    parser.add_argument(
        "--on", choices=[SIMULATOR, ACT], default="", help="default: the simulator, or act if it has to be"
    )
    parser.add_argument("--image", default="", help="on act, run jobs in containers of this image")
    _add_pairs(parser, "--secret", "NAME=VALUE, or NAME to take it from the environment")
    _add_pairs(parser, "--var", "NAME=VALUE")
    _add_pairs(parser, "--input", "NAME=VALUE, for workflow_dispatch")
    _add_pairs(parser, "--environment-secret", "ENVIRONMENT:NAME=VALUE")
    _add_pairs(parser, "--environment-var", "ENVIRONMENT:NAME=VALUE")
    return parser


def _add_pairs(parser: argparse.ArgumentParser, option: str, text: str) -> None:
    parser.add_argument(option, type=_pair, action="append", default=[], metavar="NAME=VALUE", help=text)


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

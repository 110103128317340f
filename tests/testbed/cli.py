"""The command line: ./testbed up | down | status | run | exec | fault | heal."""

import argparse
import importlib
import sys
import time

from testbed import down, enter, progress, status
from testbed.errors import TestbedError
from testbed.faults import commands as faults
from testbed.up import PARTS, up

DESCRIPTION = (
    "An organisation in miniature: AWS accounts, private EKS clusters, a registry, self-hosted runners."
)


def main(argv: list[str]) -> int:
    """Exit status: 0 done, 1 an error that says what to do, else that of the command or workflow."""
    try:
        return _dispatch(_parse(argv))
    except TestbedError as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("testbed: interrupted; `./testbed down` removes what there is", file=sys.stderr)
        return 130


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./testbed", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="bring everything up; what is up already is only checked")
    up.add_argument("--only", metavar="PART,…", help="only these parts (network, clusters, aws, …)")
    commands.add_parser("down", help="remove everything but the cache of built tools")
    commands.add_parser("status", help="what is up")
    enter = commands.add_parser("exec", help="run a command on a host of the testbed")
    enter.add_argument("--host", default="tester", help="tester (default), runner-peered, dev, …")
    enter.add_argument("argv", nargs="+", metavar="COMMAND", help="after --")
    run = commands.add_parser("run", help="run a workflow on the testbed's runner", add_help=False)
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    faults.add(commands)
    # argparse gives up on options that follow REMAINDER's command directly: `run` takes all that comes.
    if argv[:1] == ["run"]:
        return argparse.Namespace(command="run", arguments=argv[1:])
    return parser.parse_args(argv)


def _dispatch(arguments: argparse.Namespace) -> int:
    commands = {"up": _up, "down": _down, "status": _status, "exec": _exec, "run": _run, **faults.COMMANDS}
    return commands[arguments.command](arguments)


def _up(arguments: argparse.Namespace) -> int:
    only = arguments.only.split(",") if arguments.only else list(PARTS)
    unknown = [name for name in only if name not in PARTS]
    if unknown:
        raise TestbedError(f"there is no part {unknown[0]!r}", f"Parts: {', '.join(PARTS)}.")
    began = time.monotonic()
    up(only)
    progress.say(f"up, after {time.monotonic() - began:.1f} s")
    return 0


def _down(_arguments: argparse.Namespace) -> int:
    down.down()
    return 0


def _status(_arguments: argparse.Namespace) -> int:
    text, healthy = status.table()
    print(text)
    return 0 if healthy else 1


def _exec(arguments: argparse.Namespace) -> int:
    return enter.run(arguments.host, arguments.argv)


def _run(arguments: argparse.Namespace) -> int:
    return int(importlib.import_module("testbed.run").main(arguments.arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

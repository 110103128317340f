"""The command line: ./testbed up | down | status | run | exec | shell | logs | check | fault | heal."""

import argparse
import importlib
import sys
import time
from pathlib import Path

from testbed import doctor, down, enter, logs, progress, shell, status
from testbed.errors import TestbedError, of_system
from testbed.faults import commands as faults
from testbed.organisation_file import check, kept
from testbed.runner_host import act
from testbed.up import PARTS, up

DESCRIPTION = (
    "An organisation in miniature: AWS accounts, private EKS clusters, a registry, self-hosted runners."
)
ORGANISATION = (
    f"what to build (default: ${kept.VARIABLE}, ./{kept.FILE}, what is up already, or the built-in one)"
)


def main(argv: list[str]) -> int:
    """Exit status: 0 done, 1 an error that says what to do, else that of the command or workflow."""
    try:
        return _dispatch(_parse(argv))
    except TestbedError as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        known = of_system(error)
        if known is None:
            raise
        print(f"testbed: {known}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("testbed: interrupted; `./testbed down` removes what there is", file=sys.stderr)
        return 130


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./testbed", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="bring everything up; what is up already is only checked")
    up.add_argument("--organisation", type=Path, metavar="FILE", help=ORGANISATION)
    up.add_argument("--only", metavar="PART,…", help="only these parts (network, clusters, aws, …)")
    up.add_argument("--act", action="store_true", help="build act, too, which else waits for its first use")
    commands.add_parser("down", help="remove everything but the cache of built tools")
    commands.add_parser("status", help="what is up")
    enter = commands.add_parser("exec", help="run a command on a host of the testbed")
    enter.add_argument("--host", default="tester", help="tester (default), runner, dev, …")
    enter.add_argument("argv", nargs="+", metavar="COMMAND", help="after --")
    shell = commands.add_parser("shell", help="an interactive shell on a host of the testbed")
    shell.add_argument("host", nargs="?", default="runner", help="runner (default), a cluster's name, …")
    logs = commands.add_parser("logs", help="which logs there are, or the last lines of some")
    logs.add_argument("names", nargs="*", metavar="NAME", help="of units or clusters; `run` is the last run")
    logs.add_argument("--lines", "-n", type=int, default=20, help="how many (default: 20)")
    logs.add_argument("--follow", "-f", action="store_true", help="show what comes, too, until Ctrl-C")
    check = commands.add_parser("check", help="check an organisation file, and change nothing")
    check.add_argument("file", nargs="?", type=Path, help=ORGANISATION)
    run = commands.add_parser("run", help="run a workflow on the testbed's runner", add_help=False)
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    faults.add(commands)
    # argparse gives up on options that follow REMAINDER's command directly: `run` takes all that comes.
    if argv[:1] == ["run"]:
        return argparse.Namespace(command="run", arguments=argv[1:])
    return parser.parse_args(argv)


def _dispatch(arguments: argparse.Namespace) -> int:
    return COMMANDS[arguments.command](arguments)


def _up(arguments: argparse.Namespace) -> int:
    only = arguments.only.split(",") if arguments.only else list(PARTS)
    unknown = [name for name in only if name not in PARTS]
    if unknown:
        raise TestbedError(f"there is no part {unknown[0]!r}", f"Parts: {', '.join(PARTS)}.")
    began = time.monotonic()
    up(only, arguments.organisation)
    if arguments.act:
        act.built()
    progress.say(f"up, after {time.monotonic() - began:.1f} s")
    return 0


def _down(_arguments: argparse.Namespace) -> int:
    doctor.require_root()
    down.down()
    return 0


def _status(_arguments: argparse.Namespace) -> int:
    text, healthy = status.table()
    print(text)
    return 0 if healthy else 1


def _exec(arguments: argparse.Namespace) -> int:
    doctor.require_root()
    return enter.run(shell.host_named(arguments.host), arguments.argv)


def _run(arguments: argparse.Namespace) -> int:
    return int(importlib.import_module("testbed.run").main(arguments.arguments))


def _shell(arguments: argparse.Namespace) -> int:
    doctor.require_root()
    return shell.shell(arguments.host)


def _logs(arguments: argparse.Namespace) -> int:
    if not arguments.names:
        print(logs.table())
        return 0
    return logs.show(arguments.names, arguments.lines, follow=arguments.follow)


def _check(arguments: argparse.Namespace) -> int:
    file = kept.choose(arguments.file)
    check.check(file)
    print(f"{file}: nothing is wrong with it")
    return 0


COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "exec": _exec,
    "run": _run,
    "shell": _shell,
    "logs": _logs,
    "check": _check,
    **faults.COMMANDS,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The simulator without the wait for its imports: forked from a process that has them already.

A run is still a process of its own, with its session, signals and environment. Most of what a small
workflow costs in time is Python's start and the simulator's imports.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from testbed import paths
from testbed.run_hosts import LocalFolders
from testbed.simulator import __main__ as simulator

ORDER_LIMIT = 65536


@dataclass(frozen=True)
class ForkedFolders(LocalFolders):
    """As LocalFolders, but for how the simulator is started."""

    def start(self, workflow: str, **options: Any) -> Any:
        assert options["stderr"] == subprocess.STDOUT
        return Process(["--config", "-", workflow])

    def interrupt(self, process: Any) -> None:
        os.kill(process.pid, signal.SIGINT)


class Process:
    """What testbed.run uses of subprocess.Popen."""

    def __init__(self, arguments: list[str]) -> None:
        for_stdin, stdin = os.pipe()
        stdout, for_stdout = os.pipe()
        ours, theirs = socket.socketpair()
        order = json.dumps({"arguments": arguments, "env": {"PATH": os.environ["PATH"]}}).encode()
        assert len(order) < ORDER_LIMIT
        socket.send_fds(_server(), [order], [for_stdin, for_stdout, theirs.fileno()])
        os.close(for_stdin)
        os.close(for_stdout)
        theirs.close()
        self._told = ours.makefile()
        ours.close()
        self.pid = int(self._told.readline())
        self.stdin = open(stdin, "w", encoding="utf-8")  # noqa: SIM115, PTH123  a descriptor, closed by its user
        self.stdout = open(stdout, encoding="utf-8")  # noqa: SIM115, PTH123

    def wait(self) -> int:
        with self._told, self.stdout:
            return int(self._told.readline())


@cache
def _server() -> socket.socket:
    """One a test process; the server ends when this end of its socket does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [sys.executable, "-P", "-m", "testbed.selftest.forking", str(theirs.fileno())]
    env = {**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)}
    server = subprocess.Popen(argv, env=env, pass_fds=[theirs.fileno()], start_new_session=True)
    server.returncode = 0  # it ends by itself: Python need not warn that nobody waited for it
    theirs.close()
    return ours


def serve(orders: socket.socket) -> None:
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, ORDER_LIMIT, 3)
        if not order:
            return
        if not os.fork():
            _watch(json.loads(order), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _watch(order: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Tell the run's pid, and how it ended."""
    stdin, stdout, told = descriptors
    pid = os.fork()
    if not pid:
        os.close(told)
        _become(order, stdin, stdout)
    os.close(stdin)
    os.close(stdout)
    os.write(told, b"%d\n" % pid)
    os.write(told, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def _become(order: dict[str, Any], stdin: int, stdout: int) -> NoReturn:
    os.setsid()
    for source, target in ((stdin, 0), (stdout, 1), (stdout, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["simulator", *order["arguments"]]
    code = 1
    try:
        code = simulator.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001  Python would print it at a process's end, and this one has none
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))

"""The action's side of its credential helper: a socket that answers while the build runs.

buildx asks its helpers again every few minutes. The credentials of AWS stay in this process, and the
registry's password is in no file, environment or command line: it goes to whoever may open the socket,
which is the job's user.
"""

import json
import shlex
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from actionkit.errors import ActionError
from build_push import credential_helper, docker_config

Password = Callable[[str], str]
"""The password of user AWS for a registry's host; raises ActionError."""


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, address: str, password: Password) -> None:
        self.password = password
        super().__init__(address, _Handler)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        answer = self._answer(self.rfile.readline(4096))
        self.wfile.write(json.dumps(answer).encode() + b"\n")

    def _answer(self, line: bytes) -> dict[str, str]:
        try:
            host = str(json.loads(line)["host"]).removeprefix("https://").rstrip("/")
        except (ValueError, KeyError, TypeError):
            return {"error": "not a question for a registry's credentials"}
        try:
            return {"username": "AWS", "secret": cast(_Server, self.server).password(host)}
        except ActionError as error:
            return {"error": f"{error.title}: {error.message}"}


@contextmanager
def serve(folder: Path, password: Password) -> Iterator[Path]:
    """Serve, and write the helper that asks here into `folder`/bin; gives that folder, for the front of PATH.

    `folder` is private to the user (0700) and outlives this.
    """
    path = folder / "credentials.sock"
    with credential_helper.ShortPath(path) as address:
        server = _Server(address, password)
    path.chmod(0o600)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True, name="credential helper").start()
    try:
        yield _write_helper(folder / "bin", path)
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)


def _write_helper(folder: Path, path: Path) -> Path:
    command = [sys.executable, "-ISB", credential_helper.__file__, str(path)]
    folder.mkdir(mode=0o700)
    helper = folder / f"docker-credential-{docker_config.HELPER}"
    helper.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$1"\n')
    helper.chmod(0o700)
    return folder

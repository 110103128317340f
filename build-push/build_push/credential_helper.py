"""docker's credential helper: asks the running action, over its socket, and keeps nothing.

Runs as a program of its own (`python -ISB credential_helper.py SOCKET get`), so it imports the standard
library alone.
https://github.com/docker/docker-credential-helpers#development
"""

import json
import os
import socket
import sys
from pathlib import Path

# sockaddr_un's path, less a little for other systems than Linux.
_LONGEST = 100


def main() -> int:
    path, verb = sys.argv[1:3]
    answer, exit_code = respond(Path(path), verb, sys.stdin.read().strip())
    sys.stdout.write(answer)
    return exit_code


def respond(path: Path, verb: str, request: str) -> tuple[str, int]:
    """What to print, and the exit code. docker reads a failure's reason from standard output."""
    if verb == "list":
        return "{}", 0
    if verb in ("store", "erase"):
        # docker erases what a registry refused; the next `get` decides for itself, and there is nothing to
        # store.
        return "", 0
    if verb != "get":
        return f"unknown command {verb}", 1
    try:
        answer = ask(path, request)
    except OSError as error:
        return f"the build-push step that owns these credentials has ended ({error.strerror})", 1
    if "error" in answer:
        return answer["error"], 1
    return json.dumps({"ServerURL": request, "Username": answer["username"], "Secret": answer["secret"]}), 0


def ask(path: Path, host: str) -> dict[str, str]:
    """One question to the action's socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(120)
        with ShortPath(path) as address:
            connection.connect(address)
        connection.sendall(json.dumps({"host": host}).encode() + b"\n")
        with connection.makefile("rb") as stream:
            answer: dict[str, str] = json.loads(stream.readline() or b'{"error": "no answer"}')
    return answer


class ShortPath:
    """`path` as a socket's address, however deep its folder lies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = -1

    def __enter__(self) -> str:
        if len(os.fsencode(self._path)) <= _LONGEST:
            return str(self._path)
        self._folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        if self._folder >= 0:
            os.close(self._folder)


if __name__ == "__main__":
    sys.exit(main())

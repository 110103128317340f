"""Client of the control socket, for IMDS, health checks and tests."""

import json
import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from testbed.errors import TestbedError


class ControlClient:
    def __init__(self, state: Path) -> None:
        self._path = state / "aws" / "control.sock"

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return self._call("POST", path, body)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = _UnixConnection(self._path)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            text = answer.read()
        except OSError as error:
            raise TestbedError(
                f"no answer from {self._path}: {error}", "./testbed status; ./testbed up"
            ) from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise TestbedError(f"{method} {path}: {json.loads(text)['message']}")
        return json.loads(text)


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

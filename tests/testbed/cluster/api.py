"""A small client of a cluster's API server, for the testbed itself and for tests: plain HTTPS and JSON."""

import datetime as dt
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testbed import net

TIMEOUT_SECONDS = 30.0


class Api:
    """Speaks as the cluster's administrator, or as a token's bearer. Threads may share it."""

    def __init__(self, directory: Path, netns: str | None) -> None:
        """`directory` is STATE/clusters/NAME; `netns` where to connect from, None for our own."""
        facts = json.loads((directory / "cluster.json").read_text())
        self.name: str = facts["name"]
        self.address: str = facts["address"]
        self.node: str = facts["node"]
        self._netns = netns
        self._host = facts["endpoint"].removeprefix("https://")
        self._anonymous = ssl.create_default_context(cafile=str(directory / "pki/ca.crt"))
        self._admin = ssl.create_default_context(cafile=str(directory / "pki/ca.crt"))
        self._admin.load_cert_chain(directory / "pki/admin.crt", directory / "pki/admin.key")

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = "application/json",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """One request; status and raw body. OSError when there is no connection."""
        headers = {"Accept": "application/json", **(headers or {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = content_type
        connection = self.connection() if token is None else self._connection(self._anonymous)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"{self._host}: {error}") from error
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The object at `path`, or None if there is none."""
        status, body = self.request("GET", path)
        if status == 404:
            return None
        return _checked("GET", path, status, body)

    def create(self, path: str, body: object) -> Any:
        return _checked("POST", path, *self.request("POST", path, body))

    def delete(self, path: str) -> None:
        status, body = self.request("DELETE", path)
        if status != 404:
            _checked("DELETE", path, status, body)

    def apply(self, path: str, body: object) -> Any:
        """Server-side apply, conflicts forced; `path` ends in the object's name."""
        query = f"{path}?fieldManager=testbed&force=true"
        answer = self.request("PATCH", query, body, content_type="application/apply-patch+yaml")
        return _checked("PATCH", path, *answer)

    def node_ready(self, since: float = 0.0) -> bool:
        """The node has said since then (seconds of the epoch) that it is Ready, and pods can be made.

        What it said before a restart is still there after it. Pods need the default service account.
        """
        try:
            node = self.get(f"/api/v1/nodes/{self.node}")
            account = self.get("/api/v1/namespaces/default/serviceaccounts/default")
        except (OSError, ApiError):
            return False
        conditions = node["status"].get("conditions", []) if node else []
        return account is not None and any(_ready(condition, since) for condition in conditions)

    def answers(self) -> bool:
        """The API server is ready."""
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def connection(self) -> http.client.HTTPConnection:
        """One of the administrator's, for what is more than a request and its answer."""
        return self._connection(self._admin)

    def _connection(self, context: ssl.SSLContext) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._host)
        connection.sock = self._connect(context)
        return connection

    def _connect(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        if self._netns is None:
            plain = socket.create_connection((self.address, 443), TIMEOUT_SECONDS)
        else:
            plain = net.connect(self._netns, self.address, 443, TIMEOUT_SECONDS)
        try:
            return context.wrap_socket(plain, server_hostname=self._host)
        except OSError:
            plain.close()
            raise


class ApiError(Exception):
    """The API server refused; `.status` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _ready(condition: dict[str, str], since: float) -> bool:
    said = dt.datetime.strptime(condition["lastHeartbeatTime"], "%Y-%m-%dT%H:%M:%S%z")
    is_ready = (condition["type"], condition["status"]) == ("Ready", "True")
    return is_ready and said.timestamp() >= int(since)


def _checked(method: str, path: str, status: int, body: bytes) -> Any:
    if status >= 400:
        raise ApiError(f"{method} {path}: HTTP {status}: {body.decode(errors='replace')[:500]}", status)
    return json.loads(body)

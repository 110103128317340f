"""Requests and responses of a registry, between WSGI and what decides; bodies are streams."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

CHUNK = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Body:
    """length: bytes to come; None when the client sends chunks until it's done."""

    stream: IO[bytes]
    length: int | None

    def chunks(self) -> Iterator[bytes]:
        left = self.length
        while left is None or left > 0:
            data = self.stream.read(CHUNK if left is None else min(CHUNK, left))
            if not data:
                return
            left = left if left is None else left - len(data)
            yield data

    def read(self, limit: int) -> bytes:
        """The whole, at most `limit` bytes; more is refused as the registries do."""
        content = b""
        for data in self.chunks():
            content += data
            if len(content) > limit:
                raise Refused(400, "MANIFEST_INVALID", f"manifest larger than {limit} bytes")
        return content


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]  # names in lower case
    body: Body


@dataclass(frozen=True, kw_only=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Iterable[bytes] = ()


class Refused(Exception):
    """An error answer of the distribution specification.

    https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
    """

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self) -> Response:
        body = json.dumps({"errors": [{"code": self.code, "message": self.message}]}).encode()
        kind = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        return Response(status=self.status, headers={**kind, **self.headers}, body=(body,))

"""Request bodies as streams: of known length or chunked, read only as far as the application wants."""

from io import RawIOBase
from typing import Protocol

DRAIN_LIMIT = 1 << 20  # bytes read and thrown away to keep a connection usable


class Source(Protocol):
    def read1(self, size: int = -1, /) -> bytes: ...
    def readline(self, size: int = -1, /) -> bytes: ...


class LengthBody(RawIOBase):
    def __init__(self, source: Source, length: int) -> None:
        self._source = source
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        data = self._source.read1(min(self._left, len(buffer))) if self._left else b""
        self._left -= len(data)
        buffer[: len(data)] = data
        if self._left and not data:
            raise ConnectionError("the client closed the connection within a request body")
        return len(data)


class ChunkedBody(RawIOBase):
    """https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding"""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if not self._left and not self._ended:
            self._next_chunk()
        if self._ended:
            return 0
        data = self._source.read1(min(self._left, len(buffer)))
        if not data:
            raise ConnectionError("the client closed the connection within a chunk")
        self._left -= len(data)
        buffer[: len(data)] = data
        if not self._left:
            self._source.readline(8)  # the line end after the chunk
        return len(data)

    def _next_chunk(self) -> None:
        size = self._source.readline(1024).partition(b";")[0].strip()
        self._left = int(size, 16)
        if self._left == 0:
            while self._source.readline(8192).strip():  # trailers
                pass
            self._ended = True


def drained(body: RawIOBase) -> bool:
    """Read what the application left; False when that is so much that the connection had better be closed."""
    left = DRAIN_LIMIT
    while left > 0:
        data = body.read(min(left, 65536))
        if not data:
            return True
        left -= len(data)
    return False

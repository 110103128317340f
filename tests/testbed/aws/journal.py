"""An append-only file of JSON lines that only its owner may read."""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, path: Path) -> None:
        """A last line that a kill cut short is taken off, or the next would be written onto it."""
        self._path = path
        path.touch(mode=0o600)
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)

    def append(self, entry: dict[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(entry, default=str) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        """In the order of their writing."""
        return [json.loads(line) for line in self._path.read_text().splitlines()]

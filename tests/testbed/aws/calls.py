"""Every AWS call that reached the front, for assertions and, as JSON lines, for people. Without secrets."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECRET_PARAMETERS = frozenset({"WebIdentityToken", "SAMLAssertion", "TokenCode", "imageManifest"})


class Calls:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._calls: list[dict[str, Any]] = []

    def record(self, call: Mapping[str, Any]) -> None:
        shown = {**call, "parameters": _without_secrets(call.get("parameters", {}))}
        with self._lock:
            self._calls.append(shown)
            with self._path.open("a") as file:
                file.write(json.dumps(shown, default=str) + "\n")

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._calls)

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
            self._path.write_text("")


def _without_secrets(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "***" if name in SECRET_PARAMETERS else value for name, value in parameters.items()}

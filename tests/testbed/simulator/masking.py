"""Secrets in everything that is written become `***`, in the encodings that the runner knows too.

https://github.com/actions/runner/blob/main/src/Runner.Common/HostContext.cs (the encoders)
https://github.com/actions/runner/blob/main/src/Sdk/DTLogging/Logging/ValueEncoders.cs
"""

import base64
import json
import re
from urllib.parse import quote


class Masker:
    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, value: str) -> None:
        """Mask a value and, of several lines, each line too; there is no minimum length."""
        for secret in {value, *re.split(r"[\r\n]+", value)}:
            if secret.strip():
                self._values.add(secret)
                self._values.update(variant for variant in _variants(secret) if variant)

    def mask(self, text: str) -> str:
        spans = sorted(
            (start, start + len(value))
            for value in self._values
            if value in text
            for start in _starts(text, value)
        )
        masked, at = [], 0
        while spans:
            start, end = spans.pop(0)
            while spans and spans[0][0] <= end:  # overlapping and touching secrets are one
                end = max(end, spans.pop(0)[1])
            masked += [text[at:start], "***"]
            at = end
        return "".join(masked) + text[at:]


def _starts(text: str, value: str) -> list[int]:
    found, at = [], text.find(value)
    while at >= 0:
        found.append(at)
        at = text.find(value, at + 1)
    return found


def _variants(secret: str) -> list[str]:
    raw = secret.encode()
    trimmed = secret[1:-1] if len(secret) > 2 and secret[0] == secret[-1] == '"' else ""
    return [
        _base64(raw),
        _base64(raw[1:]),  # as it looks when one or two bytes of something else come before it
        _base64(raw[2:]),
        secret.replace("'", "''"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe="-_.~"),
        secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"),
        trimmed if len(trimmed) > 6 else "",
    ]


def _base64(raw: bytes) -> str:
    """Without the last characters, which depend on what follows the secret."""
    whole = raw[: len(raw) // 3 * 3]
    return base64.b64encode(whole).decode() if len(whole) > 6 else base64.b64encode(raw).decode()

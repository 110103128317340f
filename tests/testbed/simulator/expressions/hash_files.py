"""hashFiles(): one SHA-256 over the SHA-256 of every file that the patterns name, below the workspace.

https://github.com/actions/runner/blob/main/src/Misc/expressionFunc/hashFiles/src/hashFiles.ts
"""

import hashlib
import os
import re
from pathlib import Path


def hash_files(workspace: Path, patterns: list[str]) -> str:
    """The hexadecimal digest, or an empty string when nothing matches."""
    matched: dict[Path, None] = {}
    for pattern in (line.strip() for text in patterns for line in text.splitlines()):
        if not pattern or pattern.startswith("#"):
            continue
        excluded = pattern.startswith("!")
        rule = re.compile(_regex(pattern.lstrip("!"), workspace))
        for file in _files(workspace):
            if rule.fullmatch(str(file)):
                if excluded:
                    matched.pop(file, None)
                else:
                    matched[file] = None
    total = hashlib.sha256()
    for file in sorted(matched):
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest() if matched else ""


def _files(workspace: Path) -> list[Path]:
    return [Path(folder, name) for folder, _, names in os.walk(workspace) for name in names]


def _regex(pattern: str, workspace: Path) -> str:
    """A glob as a regular expression; a folder's name stands for everything in it."""
    whole = pattern if pattern.startswith("/") else f"{workspace}/{pattern.removeprefix('./')}"
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", whole.rstrip("/"))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(known.get(part) or _literal(part) for part in parts)
    return f"{body}(?:/.*)?"


def _literal(part: str) -> str:
    return part if re.fullmatch(r"\[[^\]]+\]", part) else re.escape(part)

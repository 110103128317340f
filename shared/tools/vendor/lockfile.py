"""requirements.lock, and the part of it that a release tree needs."""

import re
from collections.abc import Iterable
from importlib.metadata import distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==\S[^\\\n]*(?:\\\n\s+--hash=\S+\s*)+", re.MULTILINE)


class NotLocked(Exception):
    """A package that a release tree needs is not in requirements.lock."""


def subset(lock: str, names: Iterable[str]) -> str:
    """The entries of these packages, hashes included, in the lock file's order."""
    wanted = {canonicalize_name(name) for name in names}
    entries = {canonicalize_name(m["name"]): m[0].rstrip(" \\\n") + "\n" for m in ENTRY.finditer(lock)}
    if missing := wanted - entries.keys():
        raise NotLocked(
            f"not in requirements.lock: {', '.join(sorted(missing))}. Add to pyproject.toml, then `make lock`"
        )
    return "".join(text for name, text in entries.items() if name in wanted)


def with_requirements(names: Iterable[str], without: Iterable[str] = ()) -> set[str]:
    """These packages and all that they require, as installed in .venv, but not `without`."""
    left_out = set(without)
    found: set[str] = set()
    todo = [canonicalize_name(name) for name in names]
    while todo:
        name = todo.pop()
        if name in found or name in left_out:
            continue
        found.add(name)
        for line in distribution(name).requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                todo.append(canonicalize_name(requirement.name))
    return found

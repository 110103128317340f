"""The labels that a workflow's jobs may ask for: act runs a job only if it was told what its label means."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

KNOWN = frozenset({"self-hosted", "linux", "x64", "ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04"})
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LITERAL = re.compile(r"'([^']+)'")
# Where the value of an expression in `runs-on` can come from, but for variables.
JOB_KEYS = ("runs-on", "strategy", "with")


def labels(workflows: Iterable[Any], values: Iterable[str] = ()) -> set[str]:
    """Every word that could be one; `values` are those of variables and inputs."""
    return words(workflows, values) | KNOWN


def words(workflows: Iterable[Any], values: Iterable[str] = ()) -> set[str]:
    """What a name in a job may turn out to be, from its matrix, its inputs and their defaults."""
    found: set[str] = set()
    for text in (*values, *(text for workflow in workflows for text in _texts(workflow))):
        found |= {word for word in (text, *LITERAL.findall(text)) if LABEL.fullmatch(word)}
    return found


def _texts(workflow: Any) -> Iterator[str]:
    yield from _scalars(workflow.get("on"))
    for job in workflow.get("jobs", {}).values():
        for key in JOB_KEYS:
            yield from _scalars(job.get(key))


def _scalars(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from _scalars(item)
    elif isinstance(value, str):
        yield value

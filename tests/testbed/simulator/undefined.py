"""Secrets that a workflow names and nobody gave: empty on GitHub too, and a likely slip.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from .config import Config
from .expressions.parser import Node
from .forks import from_fork
from .template import Condition, Template
from .workflow import Workflow


def secrets(workflow: Workflow, config: Config) -> list[str]:
    """One line for each, with its place. A fork has none, a called workflow those of its caller."""
    if from_fork(config):
        return []
    known = {"github_token", *map(str.lower, config.secrets)}
    for environment in config.environments.values():
        known.update(map(str.lower, environment.get("secrets", {})))
    found = dict.fromkeys(
        f"{place.file}:{place.line}: secrets.{name} is not set, so it is empty, as on GitHub;"
        f" `--secret {name}=…` sets it"
        for place in _places(dataclasses.replace(workflow, called={}))
        for name in _named(place)
        if name.lower() not in known
    )
    return list(found)


def _places(thing: Any) -> Iterator[Template | Condition]:
    if isinstance(thing, (Template, Condition)):
        yield thing
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from _places(value)
    elif isinstance(thing, (list, tuple)):
        for value in thing:
            yield from _places(value)
    elif dataclasses.is_dataclass(thing):
        for each in dataclasses.fields(thing):
            yield from _places(getattr(thing, each.name))


def _named(place: Template | Condition) -> Iterator[str]:
    nodes = [place.node] if isinstance(place, Condition) else [p for p in place.parts if isinstance(p, Node)]
    while nodes:
        node = nodes.pop(0)
        if node.op == "index" and node.args == (Node("context", ("secrets",)), node.args[1]):
            name = node.args[1]
            if name.op == "literal":
                yield str(name.args[0])
        nodes += [arg for arg in node.args if isinstance(arg, Node)]

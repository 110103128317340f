"""Compose the parts: all prepared at once, then the networks, then all started at once."""

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

from testbed import doctor, down, lock, net, network, organisation, progress, state, topology
from testbed.tools import debian

PARTS = {
    "network": "testbed.network",
    "clusters": "testbed.cluster.part",
    "aws": "testbed.aws.part",
    "registry": "testbed.registry.part",
    "runner-host": "testbed.runner_host.part",
}


def up(only: Iterable[str] = tuple(PARTS)) -> None:
    """Bring the named parts up; what is up already is only checked."""
    doctor.check()
    down.refuse_from_inside()
    org = organisation.load()
    parts = _modules(name for name in only if name != "network")
    with lock.held():
        if not net.whole("router", topology.ROUTER):
            down.clean()
        state.claim()
        debian.ensure()
        network.prepare(org)
        _all(parts, lambda part: part.prepare(org))
        network.start(org)
        _all(parts, lambda part: part.start(org))


def _modules(names: Iterable[str]) -> dict[str, ModuleType]:
    there = {}
    for name in names:
        if importlib.util.find_spec(PARTS[name]) is None:
            progress.say(f"no part {name} yet")
            continue
        there[name] = importlib.import_module(PARTS[name])
    return there


def _all(parts: dict[str, ModuleType], act: Callable[[ModuleType], None]) -> None:
    """Do it for all parts at once; the first error is raised when all have ended."""
    if not parts:
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        for future in [pool.submit(act, part) for part in parts.values()]:
            future.result()

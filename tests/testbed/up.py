"""Compose the parts: all prepared at once, then the networks, then all started at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from testbed import doctor, down, lock, net, network, organisation, ownership, progress, state, topology
from testbed.aws import part as aws
from testbed.cluster import part as clusters
from testbed.faults import active
from testbed.organisation import Organisation
from testbed.organisation_file import check, kept
from testbed.registry import part as registry
from testbed.runner_host import part as runner_host
from testbed.tools import debian


class Part(Protocol):
    """Something that `up` composes: a module with these two functions. Done work isn't done again."""

    def prepare(self, org: Organisation, /) -> None:
        """Make the files that must exist before anything is started; slow the first time at most."""

    def start(self, org: Organisation, /) -> None:
        """Start what isn't running, and return when it works."""


PARTS: dict[str, Part] = {
    "network": network,
    "clusters": clusters,
    "aws": aws,
    "registry": registry,
    "runner-host": runner_host,
}


def up(only: Iterable[str] = tuple(PARTS), file: Path | None = None) -> None:
    """Bring the named parts up; what is up already is only checked. `file` says of which organisation."""
    doctor.check()
    down.refuse_from_inside()
    file = kept.choose(file)
    document = check.check(file)
    parts = [PARTS[name] for name in only if name != "network"]
    with lock.held():
        ownership.refuse_others()
        if not net.whole("router", topology.ROUTER):
            down.clean()
        kept.refuse_what_needs_down(organisation.read(file))
        state.claim()
        ownership.take()
        kept.keep(file, document)
        org = organisation.load()
        debian.ensure()
        network.prepare(org)
        _all(parts, lambda part: part.prepare(org))
        network.start(org)
        _heal()
        _all(parts, lambda part: part.start(org))
        _heal()


def _heal() -> None:
    """What was broken on purpose: first, for parts may wait for it; and last, what has died meanwhile."""
    for fault in active.heal(active.mendable()):
        progress.say(f"healed: {fault}")


def _all(parts: list[Part], act: Callable[[Part], None]) -> None:
    """Do it for all parts at once; the first error is raised when all have ended."""
    with ThreadPoolExecutor(len(PARTS)) as pool:
        for future in [pool.submit(act, part) for part in parts]:
            future.result()

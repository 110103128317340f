"""The self-hosted runners' machines, as one part of the testbed."""

from concurrent.futures import ThreadPoolExecutor

from testbed.images import store
from testbed.organisation import Organisation
from testbed.runner_host import disk, kinds
from testbed.runner_host.boot import boot, halt
from testbed.runner_host.layout import Layout
from testbed.tools import build


def prepare(org: Organisation) -> None:
    """The machines' root file system and tools, built if need be."""
    del org
    build.ensure(disk.PROGRAMS)
    store.ensure()


def start(org: Organisation) -> None:
    """Boot every runner's machine; returns when their engines answer."""
    kinds.plug(org)
    with ThreadPoolExecutor() as pool:
        list(pool.map(boot, [Layout.of(runner) for runner in org.runners.values()]))


def stop(org: Organisation) -> None:
    for runner in org.runners.values():
        halt(Layout.of(runner))

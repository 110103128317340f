"""Take everything away, whatever state it is in."""

import os
from concurrent.futures import ThreadPoolExecutor

from testbed import lock, net, ownership, processes, progress, state, units
from testbed.cluster import cgroups
from testbed.errors import TestbedError


def down() -> None:
    """Nothing of the testbed is left afterwards but the cache; no error if there was nothing."""
    refuse_from_inside()
    with lock.held():
        ownership.refuse_others()
        clean()
    progress.say("down")


def clean() -> None:
    """As `down`, by someone who holds the lock. Finds what a killed `up` has left, too."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(units.stop, units.names()))
    left = processes.kill(processes.in_network_namespaces(net.inodes(net.ours())))
    if left:
        raise TestbedError(f"process {left[0]} does not die", "Look at it with ps and /proc, then try again.")
    net.destroy()
    for branch in cgroups.branches():
        cgroups.remove(branch)
    state.remove()
    ownership.release()


def refuse_from_inside() -> None:
    if processes.namespace(os.getpid(), "net") in net.inodes(net.ours()):
        raise TestbedError("this is inside the testbed (`./testbed exec`)", "Run it from the machine itself.")

"""Every fault that there is, by name."""

import difflib

from testbed.errors import TestbedError
from testbed.faults import (
    admission,
    aws,
    control_plane,
    disks,
    engine,
    imds,
    names,
    network,
    nodes,
    oidc,
    overload,
    registry,
)
from testbed.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        *aws.FAULTS,
        *registry.FAULTS,
        *oidc.FAULTS,
        *imds.FAULTS,
        *network.FAULTS,
        *names.FAULTS,
        *control_plane.FAULTS,
        *overload.FAULTS,
        *admission.FAULTS,
        *nodes.FAULTS,
        *engine.FAULTS,
        *disks.FAULTS,
    )
}


def find(name: str) -> Fault:
    if name not in FAULTS:
        close = difflib.get_close_matches(name, FAULTS, n=1)
        hint = f"Perhaps you meant {close[0]}. " if close else ""
        raise TestbedError(f"there is no fault {name!r}", f"{hint}`./testbed fault` lists all.")
    return FAULTS[name]

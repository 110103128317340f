"""A machine that won't do is told why, and what to do about it."""

import errno
from pathlib import Path
from typing import Any

import pytest

from testbed import doctor, errors, paths
from testbed.doctor import Machine
from testbed.errors import TestbedError

ELSEWHERE = Path("/cache")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"system": "Darwin"}, ["needs Linux, this is Darwin", "virtual"]),
        ({"root": False}, ["needs root", "sudo"]),
        ({"overlay": False}, ["no overlay file system", "load the module"]),
        ({"cgroups": False}, ["No cgroups", "--privileged --cgroupns=host"]),
        ({"namespaces": ("pid", "mnt", "uts")}, ["no namespaces of these kinds: net"]),
        ({"free": {ELSEWHERE: (1.0, 5.0)}}, ["Only 1.0 GiB are free for /cache, 5 are", "XDG_CACHE_HOME"]),
        ({"free": {paths.state(): (0.0, 2.0)}}, ["0.0 GiB", "make room, or set EKS_ACTIONS_TESTBED"]),
        ({"overlay": False, "cgroups": False}, ["overlay", "cgroups"]),
    ],
)
def test_what_is_missing_is_said_with_a_way_out(facts: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(TestbedError) as raised:
        doctor.refuse(Machine(**{"system": "Linux", "root": True, **facts}))
    assert [part for part in said if part not in str(raised.value)] == []


def test_a_good_machine_is_not_refused() -> None:
    doctor.refuse(Machine(system="Linux", root=True, free={ELSEWHERE: (5.0, 5.0)}))


def test_a_full_disk_is_no_bug_and_other_errors_of_the_system_may_be() -> None:
    full = errors.of_system(OSError(errno.ENOSPC, "No space left on device", "/state/x"))
    assert full is not None
    assert "disk is full, for /state/x" in str(full)
    assert "EKS_ACTIONS_TESTBED" in full.hint
    assert errors.of_system(OSError(errno.EACCES, "Permission denied")) is None

"""A runner's machine, broken and mended: what docker and a shell on it see."""

import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from testbed import units
from testbed.faults.active import heal, strike, struck
from testbed.runner_host import kinds
from testbed.runner_host.layout import WORK
from testbed.runner_host.machine import Machine

from .fault_clients import ORG

RUNNER = Machine()
NO_SPACE = "No space left on device"
DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
TAKE_MEMORY = "dd if=/dev/zero of=/dev/null bs=64M count=1"


def sh(script: str, machine: Machine = RUNNER) -> "subprocess.CompletedProcess[str]":
    done: subprocess.CompletedProcess[str] = machine.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60
    )
    return done


def mounts() -> str:
    return sh("cat /proc/self/mountinfo").stdout


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    sh(f"mkdir -p {WORK}/_temp")
    before = mounts(), sh(f"ls -A /run {WORK}").stdout
    yield
    assert (mounts(), sh(f"ls -A /run {WORK}").stdout) == before
    assert sh("docker version").returncode == 0


def test_a_stopped_engine_is_not_there() -> None:
    with struck("engine-stopped"):
        assert DAEMON in sh("docker ps").stderr
        assert DAEMON in sh("sleep 1; docker ps").stderr  # nor does it come back by itself


def test_a_silent_engine_answers_nobody() -> None:
    with struck("engine-silent"):
        assert sh("timeout 1 docker ps").returncode == 124


def test_containers_that_take_too_much_memory_are_killed() -> None:
    script = f"docker run --rm --pull missing busybox sh -c '{TAKE_MEMORY}'"
    with struck("memory-short", limit="32"):
        assert sh(script).returncode == 137
    assert sh(script).returncode == 0


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("work", WORK),
        ("temp", WORK / "_temp"),
        ("/home/runner", "/home/runner"),
    ],
)
def test_a_full_disk_takes_nothing_more(place: str, folder: Any) -> None:
    sh(f"mkdir -p {folder}; echo kept > {folder}/kept")
    with struck("disk-full", place=place):
        seen = sh(f"cat {folder}/kept; head -c 20000 /dev/zero > {folder}/new")
        assert (seen.stdout, NO_SPACE in seen.stderr) == ("kept\n", True), seen.stderr
        assert sh(f"stat --format %U:%a {folder}").stdout.startswith("runner:")
        assert sh("head -c 20000 /dev/zero > /tmp/elsewhere; rm /tmp/elsewhere").stderr == ""
    assert sh(f"cat {folder}/kept; test ! -e {folder}/new; rm -r {folder}/kept").stdout == "kept\n"


def test_a_disk_may_have_a_little_room() -> None:
    with struck("disk-full", place="/home/runner", room="64"):
        assert sh("head -c 40000 /dev/zero > ~/new").stderr == ""
        assert NO_SPACE in sh("head -c 40000 /dev/zero > ~/newer").stderr


def test_an_engine_without_room_pulls_nothing() -> None:
    sh("docker pull --quiet busybox:1.37")
    with struck("disk-full", place="docker"):
        assert "no space left on device" in sh("docker pull --quiet busybox:1.37").stderr
        assert sh("touch /tmp/elsewhere && rm /tmp/elsewhere").returncode == 0
    assert sh("docker image inspect busybox:1.37").returncode == 0


def test_a_read_only_runner_temp() -> None:
    with struck("disk-read-only", place="temp"):
        assert "Read-only file system" in sh(f"touch {WORK}/_temp/x").stderr
    assert sh(f"touch {WORK}/_temp/x && rm {WORK}/_temp/x").returncode == 0


def test_healing_works_after_the_machine_has_booted_again() -> None:
    """Stop it, kill the machine, boot it: the fault is gone with the machine, and healing is no error."""
    machine = kinds.machine(ORG, "containerd-store")
    faults = [
        strike("engine-stopped", runner=machine.name),
        strike("disk-full", runner=machine.name, place="/home/runner"),
        strike("memory-short", runner=machine.name),
    ]
    os.kill(machine.pid, signal.SIGKILL)
    while units.running(f"runner-{machine.name}"):
        pass
    heal(faults[1:2])
    machine = kinds.machine(ORG, "containerd-store")
    heal(faults)
    heal(faults)
    assert sh("docker version", machine).returncode == 0

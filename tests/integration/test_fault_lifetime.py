"""Faults by command: they outlive who struck them, are shown, and can be mended whatever was killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from testbed import paths, processes, units
from testbed.aws import part as aws
from testbed.bed import Bed, eventually
from testbed.faults import active, imds
from tools.paths import ROOT

STS = "https://sts.ap-northeast-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
TOKEN = [
    "-X",
    "PUT",
    "-H",
    "X-aws-ec2-metadata-token-ttl-seconds: 60",
    "http://169.254.169.254/latest/api/token",
]
IN_RUNNER = ["nsenter", "--net=/run/netns/ea-runner-peered"]
UPLOAD = ["-X", "POST", "http://127.0.0.1:5000/v2/lifetime/blobs/uploads/"]
IN_AWS = ["nsenter", "--net=/run/netns/ea-aws"]


def command(*argv: str) -> "subprocess.CompletedProcess[str]":
    """./testbed …, from outside of its networks, as a person runs it."""
    own = processes.namespace(os.getpid(), "net")
    outside = next(pid for pid in active.ancestry() if processes.namespace(pid, "net") != own)
    enter = ["nsenter", f"--net=/proc/{outside}/ns/net", "./testbed", *argv]
    return subprocess.run(enter, cwd=ROOT, capture_output=True, text=True, check=False)


def status(prefix: list[str], arguments: list[str]) -> str:
    """The status of an answer, 000 without one."""
    command = [*prefix, "curl", "-s", "--max-time", "3", "-o", "/dev/null", "-w", "%{http_code}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_fault_is_there_until_it_is_healed() -> None:
    done = command("fault", "aws-throttle", "operation=sts:*")
    assert (done.returncode, done.stderr) == (0, "")
    try:
        assert "fault in force: aws-throttle operation=sts:*" in done.stdout
        assert status([], [STS]) == "400"
        assert (
            "fault in force: aws-throttle operation=sts:*, struck 1 call (./testbed heal)"
            in command("status").stdout
        )
        assert "in force: aws-throttle operation=sts:*" in command("fault").stdout
    finally:
        healed = command("heal")
    assert healed.stdout == "healed: aws-throttle operation=sts:*\n"
    assert status([], [STS]) == "403"
    assert "in force" not in command("status").stdout


def test_up_mends_what_was_broken_and_says_so() -> None:
    assert command("fault", "aws-throttle", "operation=sts:*").returncode == 0
    up = command("up", "--only", "aws")
    assert (up.returncode, "healed: aws-throttle operation=sts:*" in up.stderr) == (0, True), up.stderr
    assert active.active() == []
    assert status([], [STS]) == "403"


def test_a_fault_outlives_a_restart_of_its_server() -> None:
    with active.struck("aws-throttle", operation="sts:*"):
        units.stop(aws.UNIT)
        units.start(aws.server_unit())
        assert status([], [STS]) == "400"
    assert status([], [STS]) == "403"


# A command that strikes, how to see it, and what is seen in health.
KILLED = [
    (["aws-throttle", "operation=sts:*"], [], [STS], "403"),
    (["registry-full"], IN_AWS, UPLOAD, "202"),
    (["imds-absent"], IN_RUNNER, TOKEN, "200"),
    (["imds-hop-limit", "limit=1"], IN_RUNNER, TOKEN, "200"),
]


@pytest.mark.parametrize("later", [0.0, 0.05])
def test_what_a_killed_command_left_is_healed(bed: Bed, later: float) -> None:
    """Killed as soon as it is written down, or a little later."""
    for given, prefix, arguments, healthy in KILLED:
        striking = subprocess.Popen(
            [sys.executable, "-m", "testbed.cli", "fault", *given],
            env={**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)},
            stdout=subprocess.DEVNULL,
        )
        eventually(lambda: list((bed.state / "faults").glob("*.json")), 10)
        time.sleep(later)
        os.kill(striking.pid, signal.SIGKILL)
        striking.wait()
        assert len(active.active()) == 1
        assert command("heal").stdout == f"healed: {' '.join(given)}\n"
        assert status(prefix, arguments) == healthy, given
    assert imds.inside("imds-runner-peered", f"cat {imds.TTL}").strip() == "2"


def test_values_that_do_not_go_together_break_nothing() -> None:
    done = command("fault", "aws-cut", "operation=sts:AssumeRole", "at=handshake")
    assert done.returncode == 1
    assert "operation=sts:AssumeRole can't be told apart during the handshake" in done.stderr
    assert active.active() == []

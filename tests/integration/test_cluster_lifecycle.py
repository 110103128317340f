"""up and down of a second testbed beside the running one: nothing is left, whatever was killed when.

It has a mount namespace of its own, so names of network namespaces, locks and the state directory don't meet.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from testbed import paths, processes
from testbed.bed import eventually
from testbed.cluster import cgroups

HIDE = (
    "mkdir -p /run/netns /run/lock; mount -t tmpfs x /run/netns; mount -t tmpfs x /run/lock; "
    "echo hidden; exec sleep 3600"
)
# The example's organisation has one cluster, which is enough for most of this.
SMALL = (
    "--organisation",
    str(paths.REPOSITORY / "examples/testbed/testbed.yaml"),
    "--only",
    "network,clusters",
)
EXAMPLE = str(paths.REPOSITORY / "examples" / "workflows" / "deploy.yml")


@dataclass(frozen=True)
class Second:
    """A testbed whose every trace can be told from those of the first."""

    holder: int  # the process that keeps its mount namespace
    state: Path
    mounts: frozenset[str]  # what was mounted before

    def command(self, *arguments: str) -> list[str]:
        return [
            "nsenter",
            f"--target={self.holder}",
            "--mount",
            sys.executable,
            "-m",
            "testbed.cli",
            *arguments,
        ]

    @property
    def env(self) -> dict[str, str]:
        cache = str(paths.cache().parent)
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(paths.PACKAGE.parent),
            "EKS_ACTIONS_TESTBED": str(self.state),
            "XDG_CACHE_HOME": cache,
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments), env=self.env, capture_output=True, text=True, check=False, timeout=120
        )

    def up(self, *options: str) -> float:
        began = time.monotonic()
        done = self.run("up", *options)
        assert done.returncode == 0, done.stderr
        return time.monotonic() - began

    def down(self) -> None:
        done = self.run("down")
        assert done.returncode == 0, done.stderr

    def units(self) -> list[str]:
        """The units that are alive, as `status` has them."""
        lines = self.run("status").stdout.partition("\n\n")[0].splitlines()[1:]
        return [line.split()[0] for line in lines if " dead " not in line]

    def traces(self) -> list[str]:
        """Everything of it that the kernel or the disk still knows."""
        found = [
            f"process {pid}: {line}" for pid, line in _command_lines().items() if str(self.state) in line
        ]
        found += sorted(mounts(self.holder) - self.mounts)
        found += [str(p) for p in Path(f"/proc/{self.holder}/root/run/netns").iterdir()]
        pattern = f"{cgroups.prefix(self.state)}*"
        found += [str(path) for depth in ("", "*/") for path in cgroups.ROOT.glob(depth + pattern)]
        return found + ([str(self.state)] if self.state.exists() else [])


def _command_lines() -> dict[int, str]:
    return {pid: _command_line(pid) for pid in processes.all_pids()}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def mounts(pid: int) -> frozenset[str]:
    """The mount points that a process sees."""
    lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    return frozenset(line.split()[4] for line in lines) - {"/run/netns"}


def interfaces() -> list[str]:
    """Of the namespace that the second testbed is started from."""
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Second]:
    holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", HIDE], stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"hidden\n"
    testbed = Second(holder.pid, tmp_path / "state", mounts(holder.pid))
    yield testbed
    testbed.run("down")
    holder.kill()
    holder.wait()


def test_up_is_quick_a_second_one_a_mere_check_and_down_leaves_nothing(second: Second) -> None:
    before = interfaces()
    whole = second.up()
    assert interfaces() == before
    assert {"aws", "cluster-dev", "cluster-prod", "registry", "runner-peered"} <= set(second.units())
    assert second.up() < whole / 2
    second.down()
    assert second.traces() == []
    assert interfaces() == before
    assert second.run("status").returncode == 1
    second.down()


@pytest.mark.parametrize("seconds", [0.4, 1.5, 4.0])
def test_after_a_kill_in_the_middle_of_up_the_next_up_works(second: Second, seconds: float) -> None:
    killed = subprocess.Popen(second.command("up", *SMALL), env=second.env, start_new_session=True)
    time.sleep(seconds)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    second.up(*SMALL)
    second.down()
    assert second.traces() == []


def test_what_died_is_started_again(second: Second) -> None:
    second.up(*SMALL)
    victims = [
        pid for pid, line in _command_lines().items() if str(second.state) in line and "etcd\0" in line
    ]
    assert len(victims) == 1
    assert processes.kill(victims) == []
    eventually(lambda: second.run("status").stdout.count(" dead ") == 1)
    assert second.run("status").returncode == 1
    second.up(*SMALL)
    assert second.run("status").returncode == 0


def test_what_was_broken_on_purpose_is_mended_by_up(second: Second) -> None:
    second.up(*SMALL)
    for fault in (["dns-silent"], ["api-server-stopped", "cluster=live"], ["node-silent", "cluster=live"]):
        done = second.run("fault", *fault)
        assert done.returncode == 0, done.stderr
    assert second.run("status").stdout.count("fault in force: ") == 3
    second.up(*SMALL)
    assert second.run("heal").stdout == "nothing to heal\n"


def test_two_at_once_wait_for_each_other(second: Second) -> None:
    first = subprocess.Popen(second.command("up", *SMALL), env=second.env)
    assert second.run("up", *SMALL).returncode == 0
    assert first.wait() == 0
    assert second.units() == ["cluster-live", "resolver"]


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """The error, which is one line and a way out."""
    assert done.returncode in (1, 2), done.stdout
    error = re.split("testbed(?: run)?: ", done.stderr, maxsplit=1)[-1]
    assert len(error.splitlines()) == 2, done.stderr
    return error


def test_while_one_is_up_another_is_refused_and_harms_nothing(second: Second, tmp_path: Path) -> None:
    second.up("--only", "network")
    third = replace(second, state=tmp_path / "other")
    for command in (["up"], ["up", "--only", "network"], ["down"]):
        text = said(third.run(*command))
        assert f"another testbed is up, with the state directory {second.state}" in text
        assert f"EKS_ACTIONS_TESTBED={second.state} ./testbed down" in text
    assert not third.state.exists()
    assert f"EKS_ACTIONS_TESTBED={second.state}" in third.run("status").stdout
    assert second.run("status").returncode == 0
    second.down()
    third.up("--only", "network")
    third.down()


def test_a_name_that_somebody_else_has_taken_is_left_alone(second: Second) -> None:
    enter = ["nsenter", f"--target={second.holder}", "--mount", "ip", "netns"]
    subprocess.run([*enter, "add", "ea-somebody"], check=True)
    for command in ("up", "down"):
        text = said(second.run(command))
        assert "there is a network namespace ea-somebody, which no testbed has made" in text
        assert "ip netns del ea-somebody" in text
    subprocess.run([*enter, "del", "ea-somebody"], check=True)
    assert second.traces() == []


def test_a_small_disk_is_refused_before_anything_is_made(second: Second) -> None:
    second.state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(second.state)]
    subprocess.run(["nsenter", f"--target={second.holder}", "--mount", *mount], check=True)
    text = said(second.run("up"))
    assert f"Only 0.0 GiB are free for {second.state}, 2 are needed" in text
    assert "EKS_ACTIONS_TESTBED" in text
    assert list(Path(f"/proc/{second.holder}/root{second.state}").iterdir()) == []


@pytest.mark.parametrize("command", [["up"], ["down"], ["shell"], ["exec", "true"], ["run", EXAMPLE]])
def test_without_root_it_says_so(second: Second, command: list[str]) -> None:
    """In a user namespace of its own, where root's processes are nobody's."""
    done = subprocess.run(
        ["unshare", "--user", sys.executable, "-m", "testbed.cli", *command],
        env=second.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the testbed needs root" in said(done)
    assert "sudo" in done.stderr

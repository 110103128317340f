"""What a runner's machine is made of, decided without root: mounts, configuration, names, environment."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from testbed import organisation, topology
from testbed.runner_host import disk, mounts, proxy
from testbed.runner_host.kinds import KINDS
from testbed.runner_host.layout import ENV_FILE, Layout
from testbed.runner_host.machine import Machine, environment

ORG = organisation.built_in()
LAYOUT = Layout.of(ORG.runners["peered"])
HERE = Path(disk.__file__).parent
SCRIPT = mounts.script(
    Path("/cache/machine"),
    Path("/state/a disk"),
    {Path("/srv/github"): Path("/state/github")},
    {Path("/srv/runs"): Path("/state/runs")},
)


def test_the_mount_script_is_shell() -> None:
    subprocess.run(["sh", "-n"], input=SCRIPT, text=True, check=True)


@pytest.mark.parametrize("script", ["init.sh", "job-started.sh"])
def test_the_machines_scripts_are_shell(script: str) -> None:
    subprocess.run(["sh", "-n", HERE / script], check=True)


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("mount --bind /state/github srv/github", True),
        ("mount -o remount,bind,ro,nosuid,nodev srv/github", True),
        ("mount --bind /state/runs srv/runs", True),
        ("mount -o remount,bind,ro,nosuid,nodev srv/runs", False),
        ("cd '/state/a disk/root'", True),
    ],
)
def test_only_what_jobs_may_write_is_writable(line: str, *, there: bool) -> None:
    assert (line in SCRIPT.splitlines()) == there


def test_all_mounts_are_below_the_new_root_and_the_old_one_goes() -> None:
    lines = SCRIPT.splitlines()
    entered = lines.index("cd '/state/a disk/root'")
    for line in lines[entered + 1 : lines.index("pivot_root . run/old")]:
        assert not line.split()[-1].startswith("/"), line
    assert lines[-2:] == ["umount -l /run/old", "rmdir /run/old"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/etc/hostname", "ip-10-10-1-10\n"),
        ("/etc/hosts", "127.0.0.1 localhost\n10.10.1.10 ip-10-10-1-10\n"),
        ("/etc/resolv.conf", "nameserver 10.10.0.2\noptions timeout:2 attempts:2\n"),
    ],
)
def test_a_machine_knows_its_place(path: str, content: str) -> None:
    assert disk.files(LAYOUT)[Path(path)] == content


def test_containers_ask_the_machines_own_resolver() -> None:
    engine = disk.engine(replace(LAYOUT, resolver="10.10.1.12"))
    assert engine["dns"] == ["10.10.1.12"]


def test_runner_and_engine_are_told_of_the_proxy() -> None:
    proxied = replace(LAYOUT, proxy="http://10.10.1.240:3128", no_proxy=("localhost", ".internal"))
    assert disk.files(proxied)[ENV_FILE].splitlines() == [
        "http_proxy=http://10.10.1.240:3128",
        "https_proxy=http://10.10.1.240:3128",
        "no_proxy=localhost,.internal",
    ]
    assert disk.engine(proxied)["proxies"] == {
        "http-proxy": "http://10.10.1.240:3128",
        "https-proxy": "http://10.10.1.240:3128",
        "no-proxy": "localhost,.internal",
    }
    assert disk.files(LAYOUT)[ENV_FILE] == ""
    assert "proxies" not in disk.engine(LAYOUT)


def test_what_is_left_of_containers_has_one_place() -> None:
    assert disk.engine(LAYOUT)["cgroup-parent"] == f"/{LAYOUT.cgroup}"
    assert re.fullmatch(r"ea-[0-9a-f]{8}-runner-peered", LAYOUT.cgroup)


def test_runners_have_addresses_of_their_own() -> None:
    taken = [host.address for host in topology.hosts(ORG).values()]
    made = [ORG.accounts["shared"].vpc[kind.number] for kind in KINDS.values()] + [proxy.host(ORG).address]
    assert len({*taken, *made}) == len(taken) + len(made)


def test_a_program_gets_a_logins_environment_and_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/of/this/machine")
    monkeypatch.setenv("TERM", "xterm")
    assert environment("runner", {"HOME": "/elsewhere", "X": "1"}) == {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/elsewhere",
        "USER": "runner",
        "LOGNAME": "runner",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "X": "1",
    }


def test_a_machine_that_is_not_there_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EKS_ACTIONS_TESTBED", str(tmp_path))
    with pytest.raises(Exception, match=r"peered is not running\n  `\./testbed up` starts it\."):
        Machine("peered").run(["true"])

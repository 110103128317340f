"""A runner's machine as a job finds it, and what is left when it is killed."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from testbed import net, organisation, paths, processes, topology, units
from testbed.aws import part as aws
from testbed.cluster import cgroups
from testbed.runner_host import kinds
from testbed.runner_host.boot import boot, halt
from testbed.runner_host.layout import Layout
from testbed.runner_host.machine import Machine

ORG = organisation.load()
PEERED = ORG.runners["peered"]
API_SERVER = f"{ORG.clusters['dev'].address} 443"
METADATA = "http://169.254.169.254/latest/api/token"
TOKEN = f"wget -q -T 2 -O - --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' --post-data= {METADATA}"


@pytest.fixture
def machine() -> Machine:
    return Machine(PEERED.name)


def sh(machine: Machine, script: str, **options: Any) -> "CompletedProcess[str]":
    done: CompletedProcess[str] = machine.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=60, **options
    )
    return done


def eventually(check: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("id --user --name", "runner"),
        ("id --groups --name | tr ' ' '\\n' | grep docker", "docker"),
        ("pwd", "/home/runner"),
        ("hostname", "ip-10-10-1-10"),
        ("cat /proc/1/comm", "machine-init"),
        ("grep nameserver /etc/resolv.conf", "nameserver 10.10.0.2"),
        ("docker version --format '{{.Server.Version}}' | cut -d. -f1", "26"),
        ("docker info --format '{{.Driver}}'", "overlay2"),
        ("docker buildx version | cut -d' ' -f1", "github.com/docker/buildx"),
        ("python3 -c 'import sys; print(sys.version_info >= (3, 13))'", "True"),
        ("python3 -m pip 2>&1 | cut -d: -f2", " No module named pip"),
        ("getent hosts sts.ap-northeast-2.amazonaws.com | cut -d' ' -f1", "198.18.0.10"),
        ("touch /opt/actions-runner/_work/x && echo yes", "yes"),
        ("touch /srv/runs/.writable && rm /srv/runs/.writable && echo yes", "yes"),
        ("touch /srv/github/x 2>&1 | cut -d: -f3", " Read-only file system"),
        ("touch /srv/actions/x 2>&1 | cut -d: -f3", " Read-only file system"),
        ("env | cut -d= -f1 | sort | tr '\\n' ' '", "HOME LANG LOGNAME PATH PWD USER "),
    ],
)
def test_a_job_finds(machine: Machine, script: str, said: str) -> None:
    assert sh(machine, f"unset TERM; {script}").stdout.rstrip("\n") == said


def test_the_runner_program_is_there(machine: Machine) -> None:
    script = "python3 -P -c 'import yaml, testbed.simulator as s; print(s.__file__)'"
    done = sh(machine, script, env={"PYTHONPATH": "/opt/actions-runner/lib"})
    assert done.stdout.strip() == "/opt/actions-runner/lib/testbed/simulator/__init__.py", done.stderr


def test_the_job_started_hook_hands_over_the_authority(machine: Machine) -> None:
    script = """
        export RUNNER_TEMP=$(mktemp -d) GITHUB_ENV=$(mktemp)
        /opt/actions-runner/hooks/job-started.sh && . "$GITHUB_ENV"
        echo "${AWS_CA_BUNDLE#"$RUNNER_TEMP"}"
        cat "$AWS_CA_BUNDLE"
        rm -r "$RUNNER_TEMP" "$GITHUB_ENV"
    """
    said = sh(machine, script).stdout
    assert said == f"/organisation-ca.crt\n{(paths.authority() / 'ca.crt').read_text()}"


def test_the_host_trusts_the_authority_and_nothing_else_vouches_for_it(machine: Machine) -> None:
    asked = "curl -sS --output /dev/null https://sts.ap-northeast-2.amazonaws.com/"
    assert sh(machine, asked).returncode == 0
    public = "cat /usr/share/ca-certificates/mozilla/*.crt >/tmp/public.pem"
    refused = sh(machine, f"{public}; {asked} --capath /nowhere --cacert /tmp/public.pem")
    assert "unable to get local issuer certificate" in refused.stderr


def test_exit_status_streams_and_environment_pass_through(machine: Machine) -> None:
    script = 'cat; echo "$SECRET" >&2; exit 7'
    done = sh(machine, script, input="in", env={"SECRET": "s3cret"})
    assert (done.returncode, done.stdout, done.stderr) == (7, "in", "s3cret\n")


def test_killing_the_outer_process_kills_the_inner_one(machine: Machine) -> None:
    seconds = f"1000.{uuid.uuid4().int % 10**6}"
    process = machine.popen(["sleep", seconds])
    looked_for = f"pgrep -f -x 'sleep {seconds}'"
    assert eventually(lambda: sh(machine, looked_for).returncode == 0)
    process.kill()
    process.wait()
    assert eventually(lambda: sh(machine, looked_for).returncode == 1)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (f"nc -w 3 {API_SERVER} </dev/null >/dev/null && echo reached", "reached"),
        ("nc -w 3 198.18.0.10 443 </dev/null >/dev/null && echo reached", "reached"),
        ("grep ^nameserver /etc/resolv.conf", "nameserver 10.10.0.2"),
        ("nslookup -type=a sts.ap-northeast-2.amazonaws.com | grep -c 198.18.0.10", "1"),
        ("nslookup -type=a nothing.example.com 2>&1 | grep -c NXDOMAIN", "1"),
    ],
)
def test_a_container_reaches(machine: Machine, script: str, said: str) -> None:
    done = sh(machine, f'docker run --rm busybox sh -c "{script}"')
    assert done.stdout.strip() == said, done.stderr


def test_a_container_has_pip_and_tls(machine: Machine) -> None:
    script = "import ssl, pip; print(len(ssl.create_default_context().get_ca_certs()) > 100)"
    done = sh(machine, f'docker run --rm python:3.13-slim python -c "{script}"')
    assert done.stdout.strip() == "True", done.stderr


def test_privileged_containers_run(machine: Machine) -> None:
    """As BuildKit's docker-container driver needs them."""
    done = sh(machine, "docker run --rm --privileged busybox mount -t tmpfs tmpfs /tmp")
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=[1, 2])
def hop_limit(request: pytest.FixtureRequest) -> Iterator[int]:
    host = f"runner-{PEERED.name}"
    units.stop(f"imds-{host}")
    units.start(aws.imds_unit(host, PEERED.instance_role, request.param))
    yield request.param
    units.stop(f"imds-{host}")
    units.start(aws.imds_unit(host, PEERED.instance_role))


def test_the_hop_limit_keeps_containers_from_the_instances_role(machine: Machine, hop_limit: int) -> None:
    ask = f"curl -sS -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {METADATA}"
    assert sh(machine, ask).returncode == 0
    contained = sh(machine, "docker run --rm busybox nc -w 2 169.254.169.254 80 </dev/null")
    assert (contained.returncode == 0) == (hop_limit == 2)


ENDPOINT = topology.endpoint_host(ORG, ORG.clusters["dev"])
CONNECT = "python3 -c 'import socket, sys; socket.create_connection(sys.argv[1:], 3)'"


@pytest.mark.parametrize(
    ("name", "script", "fails"),
    [
        ("peered", f"{CONNECT} {ENDPOINT} 443", False),
        ("peered", "docker version", False),
        ("no-route", f"getent hosts {ENDPOINT}", False),
        ("no-route", f"{CONNECT} {ENDPOINT} 443", True),
        ("no-route", f"{CONNECT} {ORG.registry} 443", False),
        ("no-dns", f"getent hosts {ENDPOINT}", True),
        ("no-dns", f"docker run --rm busybox nslookup -type=a {ENDPOINT}", True),
        ("no-dns", f"{CONNECT} {API_SERVER}", False),
        ("no-dns", f"{CONNECT} {ORG.registry} 443", False),
        ("no-docker", "command -v docker", True),
        ("containerd-store", "docker info --format '{{.Driver}}' | grep -x overlayfs", False),
        ("no-docker", f"{CONNECT} {ENDPOINT} 443", False),
        ("no-docker", f"{CONNECT} 169.254.169.254 80", False),
    ],
)
def test_runners_lack_what_their_names_say(name: str, script: str, *, fails: bool) -> None:
    done = sh(kinds.machine(ORG, name), script)
    assert (done.returncode != 0) == fails, done.stderr


@pytest.fixture
def spare() -> Iterator[Layout]:
    """A second machine, to be killed without harm to the first."""
    account = ORG.accounts["shared"]
    host = topology.vpc_host(ORG, "runner-spare", account, account.vpc[0x1FB])
    runner = organisation.RunnerHost(
        name="spare", account=account, address=host.address, instance_role=PEERED.instance_role, labels=()
    )
    net.add(host)
    layout = Layout.of(runner)
    boot(layout)
    yield layout
    halt(layout)
    shutil.rmtree(layout.directory)
    net.remove(host)


def in_spare(script: str) -> "CompletedProcess[str]":
    return sh(Machine("spare"), script)


def engine() -> str:
    return in_spare("cat /run/docker.pid").stdout.strip()


def test_the_engine_comes_back_after_a_kill(spare: Layout) -> None:
    before = engine()
    in_spare("docker run --detach --restart always --stop-signal KILL --name survivor busybox sleep 1000")
    Machine(spare.name).run(["kill", "-KILL", before], user="root", check=True)
    assert eventually(lambda: engine() not in {"", before} and in_spare("docker info").returncode == 0)
    assert in_spare("docker ps --format '{{.Names}}'").stdout.split() == ["survivor"]


def test_killing_the_machine_leaves_nothing_of_it(spare: Layout) -> None:
    in_spare("docker run --detach busybox sleep 1000")
    os.kill(Machine(spare.name).pid, signal.SIGKILL)
    inode = net.inodes([spare.netns])
    assert eventually(lambda: not processes.in_network_namespaces(inode))
    assert str(spare.directory) not in subprocess.check_output(["mount"], text=True)
    halt(spare)
    assert spare.cgroup not in cgroups.branches()


def test_a_killed_machine_boots_again_with_a_fresh_disk_and_its_images(spare: Layout) -> None:
    in_spare("touch /home/runner/dirt && docker pull --quiet busybox")
    os.kill(Machine(spare.name).pid, signal.SIGKILL)
    assert eventually(lambda: units.running(spare.unit) is None)
    boot(spare)
    assert in_spare("ls /home/runner; docker images --format '{{.Repository}}'").stdout.split() == ["busybox"]

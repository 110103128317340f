"""`./testbed shell`: a terminal on a host as a person there has one, and its exit status."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from testbed import paths
from testbed.bed import Bed

SHELL = [sys.executable, "-m", "testbed.cli", "shell"]
ENV = {**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent), "TERM": "xterm"}


def talk(host: str, typed: str) -> tuple[str, int]:
    """What a terminal of 50 lines and 133 columns shows, and the exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 133, 0, 0))
    with subprocess.Popen(
        [*SHELL, host], stdin=theirs, stdout=theirs, stderr=theirs, env=ENV, start_new_session=True
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        while more := _read(ours):
            shown += more
    os.close(ours)
    return shown.decode(errors="replace").replace("\r", ""), process.returncode


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side has closed it
        return b""


@pytest.mark.parametrize(
    ("host", "script", "shown"),
    [
        ("runner", "id --user --name", "runner"),
        ("runner", "tty | sed s/[0-9]*$/N/", "/dev/pts/N"),
        ("runner", "stty size", "50 133"),
        ("runner", "docker version --format '{{.Server.Os}}'", "linux"),
        ("no-docker", "command -v docker || echo none", "none"),
        ("dev", "tty | sed s/[0-9]*$/N/", "/dev/pts/N"),
        (
            "dev",
            "kubectl get nodes --no-headers | cut -d' ' -f1",
            "ip-10-20-0-10.ap-northeast-2.compute.internal",
        ),
        ("dev", "kubectl auth whoami -o jsonpath={.status.userInfo.username}; echo", "admin"),
        ("prod", "pgrep -x kubelet >/dev/null && echo here", "here"),
        ("dev", "case $- in *m*) echo job control;; esac", "job control"),
        ("dev", "echo ${PS1@P} | cut -d: -f1", "root@dev"),
        ("tester", "cat /etc/resolv.conf | head -1", "nameserver 10.10.0.2"),
    ],
)
def test_it_is_a_terminal_on_that_host(bed: Bed, host: str, script: str, shown: str) -> None:
    assert bed
    text, status = talk(host, f"{{ {script}; }} >~/said; sed 's/^/said: /' ~/said; rm ~/said\nexit 7\n")
    assert f"said: {shown}\n" in text, text
    assert status == 7, text


@pytest.mark.parametrize("host", ["runner", "dev", "tester"])
def test_without_a_terminal_it_reads_commands(bed: Bed, host: str) -> None:
    assert bed
    done = subprocess.run(
        [*SHELL, host],
        input="echo $((6 * 7))\nexit 3\n",
        env=ENV,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("42\n", 3), done.stderr


def test_a_clusters_host_has_kubectl_for_exec_too(bed: Bed) -> None:
    assert bed
    argv = [
        sys.executable,
        "-m",
        "testbed.cli",
        "exec",
        "--host",
        "prod",
        "--",
        "kubectl",
        "get",
        "--raw",
        "/readyz",
    ]
    done = subprocess.run(argv, env=ENV, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("ok", 0), done.stderr


def test_an_unknown_host_is_one_line(bed: Bed) -> None:
    assert bed
    done = subprocess.run([*SHELL, "moon"], env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "there is no host 'moon'" in done.stderr
    assert "Traceback" not in done.stderr

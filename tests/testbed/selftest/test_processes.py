"""Knowing a process again, and ending it with what it started."""

import os
import subprocess
import sys

from testbed import processes


def test_a_process_is_known_by_pid_and_start_time() -> None:
    child = subprocess.Popen(["sleep", "60"])
    began = processes.start_time(child.pid)
    assert began is not None
    assert child.pid in processes.children(os.getpid())
    assert processes.kill([child.pid]) == []
    assert processes.start_time(child.pid) is None, "a zombie is dead"
    child.wait()


def test_what_is_gone_is_no_error() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert processes.start_time(child.pid) is None
    assert processes.namespace(child.pid, "net") is None
    assert processes.kill([child.pid]) == []


def test_the_namespace_of_this_process_holds_others_but_never_itself_in_the_list() -> None:
    own = processes.namespace(os.getpid(), "net")
    assert own is not None
    assert os.getpid() not in processes.in_network_namespaces([own])
    assert processes.in_network_namespaces([0]) == []

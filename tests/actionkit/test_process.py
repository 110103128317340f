"""Real children: small shells and Pythons."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from actionkit.errors import ActionError, Cancelled
from actionkit.process import Completed, Process, tool_environment
from fakes import FakeRunner

PATH = {"PATH": os.environ["PATH"]}


def sh(
    script: str, runner: FakeRunner | None = None, *, show: bool = True, stdin: bytes | None = None
) -> Completed:
    return Process(runner or FakeRunner()).run(["sh", "-c", script], env=PATH, show=show, stdin=stdin)


def test_exit_code_and_both_streams_in_their_order() -> None:
    done = sh("echo one; echo two >&2; echo three; exit 3")
    assert (done.exit_code, done.output) == (3, "one\ntwo\nthree\n")
    assert done.tail(2) == "two\nthree"


def test_what_a_child_prints_never_speaks_to_the_runner() -> None:
    runner = FakeRunner()
    sh("echo '::error::forged'; echo '::add-mask::e' >&2; printf '##[error]forged'", runner)
    assert runner.annotations == []
    assert runner.masks == []
    assert runner.log.count("::stop-commands::") == 1
    token = runner.log.splitlines()[0].removeprefix("::stop-commands::")
    assert runner.log.splitlines()[-1] == f"::{token}::"


def test_quiet_children_leave_no_trace_and_their_output_is_whole() -> None:
    runner = FakeRunner()
    done = sh("seq 20000; echo warning >&2", runner, show=False)
    assert runner.log == ""
    assert len(done.stdout.splitlines()) == 20000
    assert "warning" not in done.stdout
    assert "warning" in done.output


def test_the_last_lines_of_a_long_shown_output_are_kept() -> None:
    done = sh("seq 6000")
    assert len(done.output.splitlines()) == 5000
    assert done.tail(1) == "6000"


def test_secrets_are_struck_out_of_what_we_keep() -> None:
    runner = FakeRunner()
    runner.add_mask("hunter2")
    assert sh("echo password hunter2", runner).output == "password ***\n"


def test_output_is_shown_as_it_comes() -> None:
    runner = FakeRunner()
    thread = threading.Thread(target=sh, args=("echo first; exec sleep 5", runner), daemon=True)
    thread.start()
    end = time.monotonic() + 3
    while "first" not in runner.log and time.monotonic() < end:
        time.sleep(0.02)
    assert "first\n" in runner.log
    assert thread.is_alive()


def test_a_character_cut_by_the_pipe_is_put_together() -> None:
    assert sh(r"printf '\303'; sleep 0.2; printf '\274\n'").output == "ü\n"


def test_standard_input_reaches_the_child_and_ends() -> None:
    data = b"x" * 300_000
    assert sh("wc -c", stdin=data).output.strip() == "300000"


def test_a_child_that_does_not_read_its_input_is_no_failure() -> None:
    assert sh("exit 0", stdin=b"x" * 300_000).exit_code == 0


def test_without_input_there_is_nothing_to_wait_for() -> None:
    assert sh("cat").output == ""


def test_the_environment_is_what_was_given_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CANARY", "leak")
    done = Process(FakeRunner()).run(["env"], env={**PATH, "GIVEN": "1"})
    assert sorted(line.partition("=")[0] for line in done.output.splitlines()) == ["GIVEN", "PATH"]


def test_a_tools_environment_has_no_inputs_tokens_or_keys() -> None:
    environ = {
        **dict.fromkeys(("PATH", "HOME", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE", "DOCKER_HOST"), "kept"),
        "RUNNER_TRACKING_ID": "kept",
        **dict.fromkeys(("ACTION_INPUTS", "INPUT_X", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"), "leak"),
        **dict.fromkeys(("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "LD_PRELOAD", "BASH_ENV"), "leak"),
    }
    found = tool_environment(environ, "DOCKER_HOST", "UNSET")
    assert set(found.values()) == {"kept"}
    assert len(found) == 7


def test_a_missing_program_is_named_with_what_to_do() -> None:
    with pytest.raises(ActionError, match="no-such-program") as caught:
        Process(FakeRunner()).run(["no-such-program"], env=PATH)
    assert "Install no-such-program" in caught.value.hint


def test_a_missing_folder_is_not_mistaken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="gone"):
        Process(FakeRunner()).run(["true"], env=PATH, cwd=tmp_path / "gone")


def test_a_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/pid; wait"
    started = time.monotonic()
    with pytest.raises(ActionError, match="stopped"):
        Process(FakeRunner()).run(["sh", "-c", script], env=PATH, timeout=0.3)
    assert time.monotonic() - started < 10
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_daemon_that_keeps_the_pipe_is_not_waited_for() -> None:
    started = time.monotonic()
    assert sh("sleep 20 & echo done").output == "done\n"
    assert time.monotonic() - started < 10


def test_cancellation_ends_the_whole_group(tmp_path: Path) -> None:
    def cancel(*_: object) -> None:
        raise Cancelled("SIGALRM")

    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    try:
        with pytest.raises(Cancelled):
            sh(f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_child_that_ignores_polite_signals_ends_too() -> None:
    script = (
        "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nprint('up')\ntime.sleep(60)"
    )
    started = time.monotonic()
    with pytest.raises(ActionError, match="stopped"):
        Process(FakeRunner()).run([sys.executable, "-uc", script], env=PATH, timeout=0.5)
    assert time.monotonic() - started < 7.5  # what the runner leaves a cancelled step


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but wasn't reaped yet doesn't."""
    time.sleep(0.1)
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")

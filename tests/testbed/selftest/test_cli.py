"""The launcher says what is wrong in one line, and never with a traceback."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from testbed import dns, enter, organisation, progress, status, units
from testbed.paths import PACKAGE, REPOSITORY


def launch(*arguments: str, state: Path) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "EKS_ACTIONS_TESTBED": str(state)}
    return subprocess.run(
        [sys.executable, "-m", "testbed.cli", *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["up", "--only", "clouds"], "there is no part 'clouds'"),
        (["check", "nowhere.yaml"], "nowhere.yaml can't be read: No such file"),
        (["logs", "aws"], "there is no log 'aws'"),
    ],
)
def test_errors_are_short_and_say_what_there_is(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = launch(*arguments, state=tmp_path / "none")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_status_of_nothing_is_down(state_at: Path) -> None:
    text, healthy = status.table()
    assert text.startswith((f"down (state would be in {state_at})", "down; another testbed is up"))
    assert not healthy


def test_the_launcher_names_what_makes_its_python(tmp_path: Path) -> None:
    launcher = tmp_path / "testbed"
    launcher.write_bytes((REPOSITORY / "testbed").read_bytes())
    launcher.chmod(0o755)
    done = subprocess.run([launcher, "up"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make" in done.stderr


def test_a_hosts_environment_is_clean(state_at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the machine")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    env = enter.environment(Path("/home/x"))
    assert env["AWS_CA_BUNDLE"] == env["SSL_CERT_FILE"] == str(state_at / "pki/bundle.crt")
    assert not {"AWS_SECRET_ACCESS_KEY", "REQUESTS_CA_BUNDLE"} & set(env)


def test_a_unit_is_entered_without_ip_netns_exec() -> None:
    unit = units.Unit(name="x", argv=["sleep", "1"], netns="ea-x", setup="mount -t tmpfs tmpfs /run")
    argv = units.command(unit)
    assert argv[:2] == ["nsenter", "--net=/run/netns/ea-x"]
    assert "--kill-child" in argv
    assert argv[-2:] == ["sleep", "1"]
    assert "mount -t tmpfs tmpfs /run" in " ".join(argv)


def test_a_unit_is_out_of_date_when_what_it_was_started_with_has_changed(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("a")
    unit = units.Unit(name="x", argv=["sleep", "1"], netns="ea-x", depends_on=[config])
    before = unit.fingerprint
    assert replace(unit, env={"A": "1"}).fingerprint != before
    config.write_text("b")
    assert unit.fingerprint != before


def test_the_resolver_forwards_nothing() -> None:
    argv = dns.command(organisation.built_in())
    assert "--no-resolv" in argv
    assert "--address=/#/" in argv
    assert "--host-record=sts.ap-northeast-2.amazonaws.com,198.18.0.10" in argv


def test_long_work_is_told_again_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.waiting("counting", every=0.02):
        progress.say("one")
        while capsys.readouterr().err.count("counting (") < 1:
            pass

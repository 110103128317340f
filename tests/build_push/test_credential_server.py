"""docker's credential helper protocol, spoken with the real helper process."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from actionkit.errors import ActionError
from build_push import credential_server, docker_config

ECR = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
HELPER = f"docker-credential-{docker_config.HELPER}"


def password(host: str) -> str:
    if host != ECR:
        raise ActionError("ECR denied the call", f"arn:aws:sts::1:assumed-role/x/y may not log in to {host}.")
    return "the-password"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def helpers(folder: Path) -> Iterator[Path]:
    with credential_server.serve(folder, password) as found:
        yield found


def ask(helpers: Path, verb: str, request: str) -> "subprocess.CompletedProcess[str]":
    # As docker runs it: by name, from PATH, with docker's own small environment.
    environment = {"PATH": f"{helpers}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": "/nonexistent"}
    return subprocess.run(
        [HELPER, verb],
        input=request,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("host", [ECR, f"https://{ECR}", f"{ECR}\n"])
def test_get_answers_user_aws_and_the_password(helpers: Path, host: str) -> None:
    done = ask(helpers, "get", host)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["Username"], answer["Secret"]) == (0, "AWS", "the-password")
    assert answer["ServerURL"] == host.strip()


def test_refusal_reaches_dockers_user(helpers: Path) -> None:
    done = ask(helpers, "get", "ghcr.io")
    assert done.returncode == 1
    assert "may not log in to ghcr.io" in done.stdout


@pytest.mark.parametrize(
    ("verb", "request_", "answer"),
    [
        ("list", "", "{}"),
        ("erase", ECR, ""),
        ("store", '{"ServerURL": "x", "Username": "u", "Secret": "s"}', ""),
    ],
)
def test_nothing_is_kept_so_nothing_is_listed_or_erased(
    helpers: Path, verb: str, request_: str, answer: str
) -> None:
    done = ask(helpers, verb, request_)
    assert (done.returncode, done.stdout) == (0, answer)


def test_unknown_verb_is_refused(helpers: Path) -> None:
    done = ask(helpers, "version", "")
    assert (done.returncode, done.stdout) == (1, "unknown command version")


def test_password_is_in_no_file(helpers: Path, folder: Path) -> None:
    ask(helpers, "get", ECR)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert all("the-password" not in path.read_text() for path in files)


def test_only_the_user_may_ask(helpers: Path, folder: Path) -> None:
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (folder / "credentials.sock", helpers, helpers / HELPER)
    }
    assert modes == {"credentials.sock": 0o600, "bin": 0o700, HELPER: 0o700}


def test_afterwards_the_helper_says_that_the_step_has_ended(folder: Path) -> None:
    with credential_server.serve(folder, password) as helpers:
        pass
    done = ask(helpers, "get", ECR)
    assert done.returncode == 1
    assert "has ended" in done.stdout
    assert not (folder / "credentials.sock").exists()


def test_path_that_is_too_long_for_a_socket_still_serves(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir(mode=0o700)
    with credential_server.serve(deep, password) as helpers:
        assert json.loads(ask(helpers, "get", ECR).stdout)["Secret"] == "the-password"

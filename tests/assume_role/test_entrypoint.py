"""The process that the runner starts: isolated, on what the release tree carries."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from action_inputs import defaults
from fake_id_tokens import id_tokens
from fake_sts import FakeSts, Served
from fakes import key_values, runner_environment

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_path("purelib"))
ACTION = ROOT / "assume-role"
# What assume-role's release tree carries; a new import from elsewhere has to be vendored too.
CARRIED = (
    ROOT / "shared" / "actionkit",
    ACTION / "assume_role",
    *(SITE / name for name in ("actions_toolkit", "botocore", "dateutil", "jmespath", "six.py", "urllib3")),
)
ACTION_YML = yaml.safe_load((ACTION / "action.yml").read_text())
(STEP,) = ACTION_YML["runs"]["steps"]
BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", STEP["run"]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A release tree made of links."""
    vendor = tmp_path / "action" / "_vendor"
    vendor.mkdir(parents=True)
    shutil.copy(ACTION / "entrypoint.py", vendor.parent)
    for source in CARRIED:
        (vendor / source.name).symlink_to(source)
    return vendor.parent


def start(
    tree: Path, folder: Path, inputs: dict[str, str], **environ: str
) -> "subprocess.CompletedProcess[str]":
    folder.mkdir(exist_ok=True)
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GITHUB_ACTION_PATH": str(tree)}
    env = {**own, **runner_environment(folder, inputs, {}), **environ}
    return subprocess.run(BASH, env=env, capture_output=True, text=True, check=False)


DEFAULTS = defaults("assume-role")
INPUTS = {
    "role-to-assume": "arn:aws:iam::222222222222:role/deploy",
    "aws-region": "eu-central-1",
    "audience": "sts.amazonaws.com",
    "role-session-name": "GitHubActions",
    "role-duration-seconds": "3600",
}


def test_it_runs_on_what_it_carries_whatever_the_host_has(tree: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    for name in ("json", "actionkit", "botocore"):
        (evil / f"{name}.py").write_text("raise SystemExit('not ours')")
    done = start(tree, tmp_path / "job", INPUTS, PYTHONPATH=str(evil), PYTHONSTARTUP=str(evil / "json.py"))
    assert done.returncode == 1
    assert "::error title=The job may not request an ID token::" in done.stdout
    assert done.stderr == ""
    assert key_values(tmp_path / "job" / "env") == {}


def test_a_role_by_oidc_loads_nothing_of_botocore_that_takes_long(tree: Path, tmp_path: Path) -> None:
    """Every run compiles what it imports: botocore's session and client would double the step's time."""
    with Served(FakeSts()) as sts, id_tokens() as url:
        environ = {
            **runner_environment(tmp_path, {**DEFAULTS, **INPUTS}, {}),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary-request-token",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/?a=b",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_ENDPOINT_URL_STS": sts.url,
        }
        argv = [sys.executable, "-ISB", "-X", "importtime", str(tree / "entrypoint.py")]
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "AWS_SESSION_TOKEN" in key_values(tmp_path / "env")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {name for name in imported if name.startswith("botocore.")} <= {
        "botocore.exceptions",
        "botocore.vendored",
        "botocore.vendored.requests",
        "botocore.vendored.requests.exceptions",
        "botocore.vendored.requests.packages",
        "botocore.vendored.requests.packages.urllib3",
        "botocore.vendored.requests.packages.urllib3.exceptions",
    }


def test_it_leaves_no_bytecode_behind(tree: Path, tmp_path: Path) -> None:
    start(tree, tmp_path / "job", INPUTS)
    assert [path for path in tree.iterdir() if path.name not in ("_vendor", "entrypoint.py")] == []


def test_a_checkout_says_that_it_is_no_action(tmp_path: Path) -> None:
    (tmp_path / "action").mkdir()
    shutil.copy(ACTION / "entrypoint.py", tmp_path / "action")
    done = start(tmp_path / "action", tmp_path / "job", INPUTS)
    assert done.returncode == 1
    assert done.stdout.startswith("::error title=This checkout is not an action::")
    assert "release tag" in done.stdout
    assert "make vendor" in done.stdout
    assert done.stderr == ""


def test_a_host_without_a_python_that_is_new_enough_is_told_what_to_install(
    tree: Path, tmp_path: Path
) -> None:
    old = tmp_path / "bin"
    old.mkdir()
    (old / "python3").write_text("#!/bin/sh\nexit 1\n")  # as the version check ends under Python 3.9
    (old / "python3").chmod(0o755)
    (old / "bash").symlink_to(shutil.which("bash") or "/bin/bash")
    done = start(tree, tmp_path / "job", INPUTS, PATH=str(old))
    assert done.returncode == 1
    assert "::error title=No Python 3.10 or newer::" in done.stdout
    assert "dnf install" in done.stdout

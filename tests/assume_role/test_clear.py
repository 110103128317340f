"""`mode: clear`, and what botocore finds afterwards."""

from pathlib import Path

import boto3
import pytest

from action_inputs import defaults
from actionkit.entry import execute
from assume_role.main import assume
from fake_sts import FakeSts, jwt
from fakes import FakeClock, FakeRunner

DEV = "arn:aws:iam::222222222222:role/deploy"
DEFAULTS = defaults("assume-role")
THEIRS = "[default]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n"


def run(environ: dict[str, str], temp: Path, **inputs: str) -> dict[str, str]:
    """What later steps have after one with these inputs, in a job whose RUNNER_TEMP is `temp`."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    runner = FakeRunner(
        {**DEFAULTS, "aws-region": "ap-northeast-2", **given},
        environ={**environ, "RUNNER_TEMP": str(temp)},
        id_tokens=[jwt()],
    )

    def main(_: object) -> None:
        assume(runner, FakeClock())

    assert execute(main, runner.environ, runner.stdout, action="assume-role") == 0, runner.log
    return {**environ, **runner.exported}


def found(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The key that an SDK finds in a later step; empty for none."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    credentials = boto3.Session().get_credentials()
    return credentials.get_frozen_credentials().access_key if credentials else ""


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sts: FakeSts) -> dict[str, str]:
    """A runner's user with files of his own in his home."""
    assert sts.url
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(THEIRS)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name)
    return {"HOME": str(tmp_path)}


@pytest.mark.parametrize(
    "inputs",
    [{}, {"aws_profile": "ci"}, {"aws_profile": "ci", "profile_location": "home"}],
    ids=["environment", "profile of the job", "profile in the home"],
)
def test_later_steps_find_what_was_there_before(
    theirs: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, inputs: dict[str, str]
) -> None:
    (tmp_path / "temp").mkdir()
    during = run(theirs, tmp_path / "temp", role_to_assume=DEV, **inputs)
    assert found(during, monkeypatch).startswith("ASIA2222")
    after = run(during, tmp_path / "temp", mode="clear")
    assert found(after, monkeypatch) == "AKIATHEIRS"
    assert (tmp_path / ".aws" / "credentials").read_text().rstrip() == THEIRS.rstrip()
    left = [path for path in (tmp_path / "temp").rglob("*") if path.is_file()]
    assert "canary" not in "".join(path.read_text() for path in left)


def test_variables_of_the_workflow_come_back(theirs: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "temp").mkdir()
    own = {"AWS_PROFILE": "default", "AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "own"}
    first = run({**theirs, **own}, tmp_path / "temp", role_to_assume=DEV, aws_profile="ci")
    second = run(first, tmp_path / "temp", role_to_assume=DEV)
    assert second["AWS_ACCESS_KEY_ID"].startswith("ASIA2222")
    after = run(second, tmp_path / "temp", mode="clear")
    assert {name: after[name] for name in own} == own


def test_clearing_twice_or_for_nothing_changes_nothing(theirs: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "temp").mkdir()
    assert run(theirs, tmp_path / "temp", mode="clear") == theirs

"""Inputs and variables of aws-actions/configure-aws-credentials, with the effect that they have there."""

import json

import pytest

from action_inputs import defaults
from actionkit.entry import execute
from assume_role.main import assume
from assume_role.settings import VARIABLES
from fake_sts import FakeSts, jwt
from fakes import FakeClock, FakeRunner
from tools.paths import ROOT

DEV = "arn:aws:iam::222222222222:role/deploy"
KEYS = {"aws-access-key-id": "AKIASTATIC", "aws-secret-access-key": "canary-static"}
STALE = {
    "AWS_ACCESS_KEY_ID": "ASIASTALE",
    "AWS_SECRET_ACCESS_KEY": "canary-stale",
    "AWS_SESSION_TOKEN": "canary-stale-token",
}
DEFAULTS = defaults("assume-role")
REGION = {"AWS_REGION": "ap-northeast-2", "AWS_DEFAULT_REGION": "ap-northeast-2"}


def run(inputs: dict[str, str], environ: dict[str, str] | None = None) -> tuple[int, FakeRunner]:
    given = {**DEFAULTS, "aws-region": "ap-northeast-2", **inputs}
    runner = FakeRunner(given, environ=environ, id_tokens=[jwt()])

    def main(_: object) -> None:
        assume(runner, FakeClock())

    return execute(main, runner.environ, runner.stdout, action="assume-role"), runner


@pytest.mark.usefixtures("sts")
def test_static_keys_are_exported_and_a_stale_token_blanked() -> None:
    code, runner = run(KEYS, STALE)
    assert code == 0
    assert runner.exported == {
        "AWS_ACCESS_KEY_ID": "AKIASTATIC",
        "AWS_SECRET_ACCESS_KEY": "canary-static",
        "AWS_SESSION_TOKEN": "",
        **REGION,
    }
    assert runner.outputs["credential-source"] == "keys"


@pytest.mark.usefixtures("sts")
def test_keys_become_outputs_where_that_is_asked() -> None:
    _, without = run({"role-to-assume": DEV})
    assert {"aws-access-key-id", "aws-secret-access-key", "aws-session-token"}.isdisjoint(without.outputs)
    _, runner = run({"role-to-assume": DEV, "output-credentials": "true"})
    assert runner.outputs["aws-secret-access-key"] == runner.exported["AWS_SECRET_ACCESS_KEY"]
    assert runner.outputs["aws-session-token"] in runner.masks


@pytest.mark.usefixtures("sts")
def test_nothing_is_exported_where_that_is_asked() -> None:
    code, runner = run({"role-to-assume": DEV, "output-env-credentials": "false"}, {"AWS_PROFILE": "x"})
    assert (code, runner.exported, runner.annotations) == (0, {}, [])
    assert runner.outputs["aws-account-id"] == "222222222222"


def test_keys_of_an_earlier_step_are_taken_back(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    code, runner = run({"unset-current-credentials": "true"})
    assert code == 1  # without them there are none here
    assert (sts.requests, runner.exported) == ([], {})
    code, runner = run({"unset-current-credentials": "true", **KEYS})
    assert runner.exported["AWS_SESSION_TOKEN"] == ""


def test_masked_account_ids_are_in_no_line_of_the_log(sts: FakeSts) -> None:
    assert sts.url
    _, runner = run({**KEYS, "mask-aws-account-id": "true"})
    assert "::add-mask::111111111111" in runner.log


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize("value", ["true", "True", "TRUE", "false", "False", "FALSE", ""])
def test_booleans_are_written_as_there(value: str) -> None:
    code, runner = run({"role-to-assume": DEV, "output-credentials": value})
    assert code == 0
    assert ("aws-access-key-id" in runner.outputs) is (value.lower() == "true")


def test_an_input_that_is_empty_is_read_from_its_variable(sts: FakeSts) -> None:
    environ = {"ROLE_TO_ASSUME": DEV, "ROLE_SESSION_NAME": "theirs", "ROLE_DURATION_SECONDS": "900"}
    code, runner = run({"role-session-name": "ours"}, environ)
    assert code == 0
    (sent,) = sts.requests
    assert (sent.parameters["RoleArn"], sent.parameters["DurationSeconds"]) == (DEV, "900")
    assert runner.outputs["authenticated-arn"].endswith("/ours")


def test_every_variable_belongs_to_an_input_whose_default_leaves_room_for_it() -> None:
    assert {name: DEFAULTS[name] for name in VARIABLES} == dict.fromkeys(VARIABLES, "")


def test_an_expiry_is_no_quoted_json(sts: FakeSts) -> None:
    assert sts.url
    _, runner = run({"role-to-assume": DEV})
    assert runner.outputs["aws-expiration"] == "2026-11-23T13:00:00Z"


@pytest.mark.usefixtures("sts")
def test_secrets_of_the_inputs_are_shown_nowhere() -> None:
    _, runner = run({**KEYS, "role-to-assume": DEV})
    log = "\n".join(line for line in runner.log.splitlines() if not line.startswith("::add-mask::"))
    assert "canary" not in log + runner.summary + json.dumps(runner.outputs)


def test_every_variable_is_in_the_readme() -> None:
    readme = (ROOT / "assume-role" / "README.md").read_text()
    assert [name for name in VARIABLES.values() if f"`{name}`" not in readme] == []

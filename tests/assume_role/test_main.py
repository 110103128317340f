"""The whole action as a later step and a person see it."""

import json

import pytest

from actionkit.entry import execute
from assume_role.main import assume
from fake_sts import FakeSts, jwt
from fakes import FakeClock, FakeRunner

DEV = "arn:aws:iam::222222222222:role/deploy"
HUB = "arn:aws:iam::111111111111:role/hub"
DEFAULTS = {
    "role-to-assume": "",
    "role-chain": "",
    "aws-region": "ap-northeast-2",
    "audience": "sts.amazonaws.com",
    "role-session-name": "GitHubActions",
    "role-duration-seconds": "3600",
    "allowed-account-ids": "",
}


def run(
    inputs: dict[str, str], environ: dict[str, str] | None = None, *, oidc: bool = True
) -> tuple[int, FakeRunner]:
    runner = FakeRunner({**DEFAULTS, **inputs}, environ=environ, id_tokens=[jwt()] if oidc else [])

    def main(_: object) -> None:
        assume(runner, FakeClock())

    return execute(main, runner.environ, runner.stdout, action="assume-role"), runner


def test_a_role_is_exported_for_the_jobs_later_steps(sts: FakeSts) -> None:
    code, runner = run({"role-to-assume": DEV, "allowed-account-ids": "222222222222"})
    assert code == 0
    key = next(iter(sts.arns))
    assert runner.exported == {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": f"canary-secret-{key}",
        "AWS_SESSION_TOKEN": f"canary-token-{key}",
        "AWS_REGION": "ap-northeast-2",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
    }


@pytest.mark.usefixtures("sts")
def test_outputs_say_who_how_and_until_when_and_no_secret() -> None:
    _, runner = run({"role-to-assume": HUB, "role-chain": DEV})
    assert runner.outputs == {
        "aws-account-id": "222222222222",
        "authenticated-arn": "arn:aws:sts::222222222222:assumed-role/deploy/GitHubActions",
        "aws-region": "ap-northeast-2",
        "aws-partition": "aws",
        "assumed-role-id": "AROA:x",
        "aws-profile": "",
        "config-file": "",
        "credentials-file": "",
        "credential-source": "oidc",
        "role-chain-arns": f"{HUB}\n{DEV}",
        "aws-expiration": "2026-11-23T13:00:00Z",
        "expires-in-seconds": "3600",
    }


def test_without_a_role_only_the_region_is_exported(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "canary-x"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    code, runner = run({"allowed-account-ids": "111111111111"}, keys, oidc=False)
    assert code == 0
    assert set(runner.exported) == {"AWS_REGION", "AWS_DEFAULT_REGION"}
    assert runner.outputs["authenticated-arn"] == sts.ambient_arn
    assert runner.outputs["credential-source"] == "environment"
    assert (runner.outputs["aws-expiration"], runner.outputs["expires-in-seconds"]) == ("", "")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"role-to-assume": DEV, "allowed-account-ids": "333333333333"}, "Wrong AWS account"),
        ({"role-to-assume": "deploy"}, "Write the role's ARN"),
        ({"role-to-assume": DEV, "aws-region": "cn-north-1"}, "partition"),
        ({"role-to-assume": DEV, "allowed-account-ids": ",222222222222"}, "empty element"),
        ({"role-to-assume": DEV, "inline-session-policy": "{}"}, "no `Statement`"),
        ({"role-to-assume": DEV, "aws-profile": "[ci]"}, "a name without spaces"),
    ],
)
def test_what_can_be_refused_is_refused_before_aws_is_asked(
    sts: FakeSts, inputs: dict[str, str], said: str
) -> None:
    code, runner = run(inputs)
    assert code == 1
    assert said in " ".join(f"{a.title} {a.message}" for a in runner.annotations)
    assert (runner.exported, runner.outputs, sts.requests) == ({}, {}, [])


@pytest.mark.parametrize(
    ("call", "inputs"),
    [
        ("AssumeRoleWithWebIdentity", {"role-to-assume": HUB, "role-chain": DEV}),
        ("AssumeRole", {"role-to-assume": HUB, "role-chain": DEV}),
        ("GetCallerIdentity", {"role-chain": DEV}),
    ],
)
def test_nothing_is_exported_when_any_call_is_refused(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, call: str, inputs: dict[str, str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-x")
    sts.refuse(call, "AccessDenied", "no")
    code, runner = run(inputs)
    assert code == 1
    assert (runner.exported, runner.outputs) == ({}, {})
    assert [a.kind for a in runner.annotations] == ["error"]


def test_a_missing_permission_is_one_error_with_the_lines_to_add(sts: FakeSts) -> None:
    code, runner = run({"role-to-assume": DEV}, oidc=False)
    assert code == 1
    (annotation,) = runner.annotations
    assert "permissions:\n      id-token: write" in annotation.message
    assert "permissions:\n  id-token: write" in runner.summary
    assert sts.requests == []


@pytest.mark.usefixtures("sts")
def test_the_summary_says_who_how_and_until_when() -> None:
    _, runner = run({"role-to-assume": HUB, "role-chain": DEV})
    for words in (
        "AWS: deploy in 222222222222",
        "arn:aws:sts::222222222222:assumed-role/deploy/GitHubActions",
        f"<code>{HUB}</code> → <code>{DEV}</code>",
        "1 h, until 2026-11-23 13:00 UTC",
    ):
        assert words in runner.summary


def test_secrets_go_to_the_environment_and_nowhere_else(sts: FakeSts) -> None:
    _, runner = run({"role-to-assume": HUB, "role-chain": DEV})
    log = "\n".join(line for line in runner.log.splitlines() if not line.startswith("::add-mask::"))
    everything = log + runner.summary + json.dumps(runner.outputs)
    assert "canary" not in everything
    assert [key for key in sts.arns if key in everything] == []


@pytest.mark.usefixtures("sts")
def test_an_incumbents_harmless_input_is_a_warning() -> None:
    code, runner = run({"role-to-assume": DEV, "translate-env-variables": "false"})
    assert code == 0
    assert [(a.kind, a.title) for a in runner.annotations] == [("warning", "Input without effect")]


@pytest.mark.usefixtures("sts")
def test_a_competing_profile_is_a_warning() -> None:
    code, runner = run({"role-to-assume": DEV}, {"AWS_PROFILE": "other"})
    assert code == 0
    assert "`other`" in runner.annotations[0].message

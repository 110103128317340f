"""A workflow for each source of credentials, run by the simulator and by act, and one with every input."""

from pathlib import Path

import pytest

from testbed.run import RunResult, run_workflow
from testbed.run_hosts import ACT, SIMULATOR, Program, RunnerMachine

BUILD = "arn:aws:iam::111111111111:role/github-build"
DEV = "arn:aws:iam::222222222222:role/github-deploy"
HEAD = """
on: push
permissions: {}
env: {AWS_REGION: ap-northeast-2}
jobs:
  job:
    runs-on: [self-hosted]
    environment: dev
    permissions: {id-token: write}
    steps:
"""
TELL = """
      - env:
          ARN: ${{ steps.who.outputs.authenticated-arn }}
          SOURCE: ${{ steps.who.outputs.credential-source }}
        run: echo "it is $ARN by $SOURCE."
"""
FIRST = f"""
      - {{uses: org/assume-role@v1, id: first, with: {{role-to-assume: '{DEV}', output-credentials: 'true'}}}}
"""
ASK = """
      - run: |
          curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
            "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" |
            python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin)["value"])' > id-token
"""
AGENT = """
      - env:
          KEY: ${{ steps.first.outputs.aws-access-key-id }}
          SECRET: ${{ steps.first.outputs.aws-secret-access-key }}
          TOKEN: ${{ steps.first.outputs.aws-session-token }}
        run: |
          mkdir agent
          printf '{"AccessKeyId":"%s","SecretAccessKey":"%s",' "$KEY" "$SECRET" > agent/credentials
          printf '"Token":"%s",' "$TOKEN" >> agent/credentials
          echo '"Expiration":"2099-01-01T00:00:00Z"}' >> agent/credentials
          setsid --fork python3 -m http.server 18090 --bind 127.0.0.1 --directory agent > agent.log 2>&1
          curl -sS --retry 20 --retry-connrefused -o /dev/null http://127.0.0.1:18090/credentials
"""
KEYS = "".join(
    f"            {name}: ${{{{ steps.first.outputs.{name} }}}}\n"
    for name in ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")
)


def step(*lines: str) -> str:
    inputs = "".join(f"            {line}\n" for line in lines) or "            disable-retry: ''\n"
    return f"      - uses: org/assume-role@v1\n        id: who\n        with:\n{inputs}"


SOURCES = {
    "oidc": (step(f"role-to-assume: {DEV}"), "github-deploy"),
    "keys": (FIRST + step() + KEYS, "github-deploy"),
    "token-file": (
        ASK + step(f"role-to-assume: {DEV}", "web-identity-token-file: id-token"),
        "github-deploy",
    ),
    "environment": (FIRST + step("role-chaining: 'true'"), "github-deploy"),
    "profile": (
        FIRST.replace("output-credentials: 'true'", "aws-profile: mine") + step("credential-source: profile"),
        "github-deploy",
    ),
    "container": (
        FIRST
        + AGENT
        + step("credential-source: container")
        + "        env: {AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:18090/credentials'}\n",
        "github-deploy",
    ),
    "instance": (step(), "runner"),
}


def folder(tmp_path: Path, text: str) -> Path:
    """A repository of the workflow."""
    (tmp_path / "sources" / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "sources" / ".github" / "workflows" / "wf.yml").write_text(text)
    return tmp_path / "sources"


def run(repository: Path, host: RunnerMachine) -> RunResult:
    return run_workflow(".github/workflows/wf.yml", repository, host=host, name="org/app")


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_of_credentials_on_act(tmp_path: Path, source: str) -> None:
    steps, role = SOURCES[source]
    host = RunnerMachine.named("", Program(ACT))
    result = run(folder(tmp_path, HEAD + steps + TELL), host)
    log = "\n".join(job.log for job in result.jobs.values())
    assert result.conclusion == "success", log
    assert f":assumed-role/{role}/" in log
    assert f"by {source}." in log


CHAINED = "arn:aws:iam::222222222222:role/deploy-chained"
POLICY = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
# Every input that configure-aws-credentials has, as workflows written for it give them.
FIRST_STEP = {
    "aws-region": "ap-northeast-2",
    "role-to-assume": BUILD,
    "audience": "sts.amazonaws.com",
    "role-duration-seconds": "1800",
    "role-session-name": "their-session",
    "inline-session-policy": POLICY,
    "managed-session-policies": "arn:aws:iam::aws:policy/AdministratorAccess",
    "mask-aws-account-id": "false",
    "allowed-account-ids": "111111111111, 222222222222",
    "output-credentials": "true",
    "output-env-credentials": "false",
    "unset-current-credentials": "true",
    "disable-retry": "false",
    "retry-max-attempts": "3",
    "special-characters-workaround": "false",
    "action-timeout-s": "60",
    "sts-endpoint": "https://sts.ap-northeast-2.amazonaws.com",
    "http-proxy": "http://127.0.0.1:1",
    "no-proxy": "amazonaws.com",
}
SECOND_STEP = {
    "aws-access-key-id": "${{ steps.first.outputs.aws-access-key-id }}",
    "aws-secret-access-key": "${{ steps.first.outputs.aws-secret-access-key }}",
    "aws-session-token": "${{ steps.first.outputs.aws-session-token }}",
    "role-to-assume": CHAINED,
    "role-external-id": "unasked",
    "role-skip-session-tagging": "true",
    "transitive-tag-keys": "Repository",
    "custom-tags": '{"Team": "a"}',
    "use-existing-credentials": "false",
    "force-skip-oidc": "true",
    "aws-profile": "theirs",
    "overwrite-aws-profile": "true",
}
THIRD_STEP = {"role-chaining": "true", "role-to-assume": CHAINED, "role-skip-session-tagging": "true"}
FOURTH_STEP = {"role-to-assume": BUILD, "web-identity-token-file": "id-token"}


def given(name: str, inputs: dict[str, str], env: str = "") -> str:
    lines = "".join(f"          {key}: '{value}'\n" for key, value in inputs.items())
    return f"      - uses: org/assume-role@v1\n        id: {name}\n{env}        with:\n{lines}"


def test_a_workflow_with_every_input_of_the_incumbent(tmp_path: Path) -> None:
    """https://github.com/aws-actions/configure-aws-credentials#options"""
    from_build = f"        env: {{ROLE_TO_ASSUME: '{BUILD}'}}\n"
    steps = (
        given("first", FIRST_STEP)
        + given("second", SECOND_STEP)
        + given("exported", {"aws-region": "ap-northeast-2"}, from_build)
        + given("third", THIRD_STEP)
        + ASK
        + given("fourth", FOURTH_STEP)
    )
    host = RunnerMachine.named("", Program(SIMULATOR))
    on_main = HEAD.replace("    environment: dev\n", "")
    result = run(folder(tmp_path, on_main + steps), host)
    assert result.conclusion == "success", result.jobs["job"].log
    outputs = {step.id: step.outputs for step in result.jobs["job"].steps if step.outputs}
    assert outputs["first"]["authenticated-arn"].endswith(":assumed-role/github-build/their-session")
    assert 1700 < int(outputs["first"]["expires-in-seconds"]) <= 1800
    assert (outputs["second"]["credential-source"], outputs["second"]["aws-profile"]) == ("keys", "theirs")
    assert outputs["exported"]["credential-source"] == "oidc"  # the variable is read as the input
    assert outputs["third"]["credential-source"] == "environment"
    assert outputs["fourth"]["credential-source"] == "token-file"
    assert {outputs[name]["aws-account-id"] for name in ("second", "third")} == {"222222222222"}

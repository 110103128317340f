"""assume-role through OIDC. The peer is given the token that ours has to ask GitHub for first."""

import json
from typing import Any

from bench import peers, steps
from bench.measure import Case, Command, Side
from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.runner_host.machine import Machine

ROLE = "arn:aws:iam::111111111111:role/github-build"
TOKEN_FILE = f"{steps.FOLDER}/id-token"
ASK = f'curl -sSf --cacert {steps.CA["AWS_CA_BUNDLE"]} -H @- "$URL&audience=sts.amazonaws.com"'


def cases(machine: Machine) -> list[Case]:
    def ours() -> Command:
        path = steps.install(machine, "assume-role")
        command = steps.composite("assume-role", path, steps.new_job(machine), {"role-to-assume": ROLE})
        job = _github_job()
        token = {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": job["id_token_request_token"]}
        url = {"ACTIONS_ID_TOKEN_REQUEST_URL": job["id_token_request_url"]}
        return Command(argv=command.argv, env={**command.env, **token, **url}, cwd=command.cwd)

    def aws_cli() -> Command:
        (machine.root / TOKEN_FILE.lstrip("/")).write_text(_id_token(machine))
        called = ["sts", "assume-role-with-web-identity", "--role-arn", ROLE, "--role-session-name", "bench"]
        token = ["--web-identity-token", f"file://{TOKEN_FILE}"]
        return Command(argv=[peers.AWS, *called, *token], env=peers.AWS_ENVIRONMENT)

    ours_named = Side(name="`assume-role`, the whole step", prepare=ours)
    peer = Side(name="`aws sts assume-role-with-web-identity`", prepare=aws_cli)
    return [Case(name="A role through OIDC", ours=ours_named, peer=peer)]


def _github_job() -> dict[str, str]:
    job: dict[str, str] = ControlClient(paths.state()).post(
        "/runner-jobs", repository="org/app", ref="refs/heads/main"
    )
    return job


def _id_token(machine: Machine) -> str:
    job = _github_job()
    asked = machine.run(
        ["bash", "-c", ASK],
        env={"URL": job["id_token_request_url"]},
        input=f"Authorization: bearer {job['id_token_request_token']}",
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(asked.stdout)
    return str(answer["value"])

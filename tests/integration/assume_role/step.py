"""assume-role's release tree in a runner's machine, started as the runner starts a composite's step."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from fakes import Annotation, commands, key_values
from integration import release_tree
from testbed.aws.control_client import ControlClient
from testbed.runner_host.machine import Machine
from tools.paths import ROOT

ACTION = "/home/runner/assume-role-under-test"
ACTION_YML = yaml.safe_load((ROOT / "assume-role" / "action.yml").read_text())


@dataclass(frozen=True)
class Finished:
    exit_code: int
    log: str
    outputs: dict[str, str]
    exported: dict[str, str]
    summary: str

    @property
    def error(self) -> Annotation:
        """The only error annotation."""
        found = [
            Annotation(kind, text, **given) for kind, given, text in commands(self.log) if kind == "error"
        ]
        assert len(found) == 1, self.log
        return found[0]


class Step:
    """One job's folders in the machine; `job` is what GitHub told the runner about ID tokens, if anything."""

    def __init__(self, machine: Machine, job: Mapping[str, str] | None = None) -> None:
        self.machine = machine
        self.folder = f"/home/runner/jobs/{uuid.uuid4().hex}"
        names = ("work", "temp", "files")
        machine.run(["mkdir", "-p", *(f"{self.folder}/{name}" for name in names)], check=True)
        self._id_token = (
            {
                "ACTIONS_ID_TOKEN_REQUEST_URL": job["id_token_request_url"],
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": job["id_token_request_token"],
            }
            if job
            else {}
        )

    @property
    def id_token_request(self) -> tuple[str, str]:
        """GitHub's address for ID tokens, and the job's token to ask with."""
        url, bearer = self._id_token.values()
        return url, bearer

    def write(self, name: str, text: str) -> str:
        """A file in the workspace; its path."""
        path = f"{self.folder}/work/{name}"
        self.machine.run(["tee", path], input=text.encode(), capture_output=True, check=True)
        return path

    @staticmethod
    def install(machine: Machine) -> None:
        release_tree.install("assume-role", machine, ACTION)

    def run(self, env: Mapping[str, str] | None = None, /, **inputs: str) -> Finished:
        child = self.start(env, **inputs)
        log = child.communicate()[0].decode()
        return self.finished(child.returncode, log)

    def start(self, env: Mapping[str, str] | None = None, /, **inputs: str) -> "subprocess.Popen[bytes]":
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        (step,) = ACTION_YML["runs"]["steps"]
        return self.machine.popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            env=self._environment({"aws-region": "ap-northeast-2", **given}, env or {}),
            cwd=f"{self.folder}/work",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def finished(self, exit_code: int, log: str) -> Finished:
        inside = self.machine.root / self.folder.lstrip("/") / "files"
        return Finished(
            exit_code=exit_code,
            log=log,
            outputs=key_values(inside / "output"),
            exported=key_values(inside / "env"),
            summary=(inside / "summary").read_text(),
        )

    def later(self, exported: Mapping[str, str], command: str) -> dict[str, Any]:
        """What a command of a later step prints, as JSON."""
        argv = ["sh", "-c", command]
        env = self._environment({}, exported)
        done = self.machine.run(argv, env=env, capture_output=True, text=True, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def remove(self) -> None:
        shutil.rmtree(self.machine.root / self.folder.lstrip("/"))

    def _environment(self, inputs: Mapping[str, str], env: Mapping[str, str]) -> dict[str, Any]:
        defaults = {name: str(spec.get("default", "")) for name, spec in ACTION_YML["inputs"].items()}
        for name in ("output", "summary", "env"):
            self.machine.run(["truncate", "--size=0", f"{self.folder}/files/{name}"], check=True)
        return {
            "ACTION_INPUTS": json.dumps({**defaults, **inputs}),
            "AWS_CA_BUNDLE": "/opt/actions-runner/ca.crt",
            "GITHUB_ACTION_PATH": ACTION,
            "GITHUB_ENV": f"{self.folder}/files/env",
            "GITHUB_OUTPUT": f"{self.folder}/files/output",
            "GITHUB_REPOSITORY": "org/app",
            "GITHUB_STEP_SUMMARY": f"{self.folder}/files/summary",
            "GITHUB_WORKSPACE": f"{self.folder}/work",
            "RUNNER_TEMP": f"{self.folder}/temp",
            **self._id_token,
            **env,
        }


def trust(
    action: str | list[str], principal: dict[str, str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A trust policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition or {}}]}


def ok(done: Finished) -> Finished:
    assert done.exit_code == 0, done.log
    return done


def calls(aws: ControlClient, session_name: str) -> list[dict[str, Any]]:
    """AWS's record of the calls for a role session of this name."""
    found: list[dict[str, Any]] = aws.get("/calls")
    return [call for call in found if call["parameters"].get("RoleSessionName") == session_name]

"""eks-deploy against a cluster of the testbed, run as its container is: own process, INPUT_*, role chain."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fakes import Annotation, commands, key_values
from testbed.bed import Bed

ROOT = Path(__file__).parents[2]
RUNNER = "arn:aws:iam::111111111111:role/runner"
DEPLOYER = "arn:aws:iam::222222222222:role/deploy-chained"
PROGRAM = """
from actionkit.entry import run
from eks_deploy.main import main
run(main, action="eks-deploy", container=True)
"""
DEFAULTS = {
    name: str(spec.get("default", ""))
    for name, spec in yaml.safe_load((ROOT / "eks-deploy" / "action.yml").read_text())["inputs"].items()
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run left. `annotations` are those of kind error."""

    exit_code: int
    log: str
    outputs: dict[str, str]
    summary: str
    seconds: float

    @property
    def annotations(self) -> list[Annotation]:
        found = [(kind, properties, text) for kind, properties, text in commands(self.log) if kind == "error"]
        return [Annotation(kind, text, **properties) for kind, properties, text in found]

    @property
    def changes(self) -> dict[str, str]:
        """`Kind name` to what happened to it."""
        changes = json.loads(self.outputs["changes-json"])
        return {f"{change['kind']} {change['name']}": change["action"] for change in changes}


class Deployer:
    """One workspace with manifests, and the credentials of the runner's instance role."""

    def __init__(self, bed: Bed, folder: Path, *, netns: str = "") -> None:
        """`netns`: run in this network instead of ours."""
        self.prefix = ["nsenter", f"--net=/run/netns/{netns}"] if netns else []
        self.folder = folder
        self.workspace = folder / "workspace"
        self.workspace.mkdir(parents=True)
        (folder / "temp").mkdir()
        self.come_from(bed, RUNNER)

    def come_from(self, bed: Bed, role: str) -> None:
        """Have the keys of this instance role to begin with."""
        keys = bed.credentials(role)
        self.keys = {
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
            "AWS_SESSION_TOKEN": keys["session_token"],
        }

    def write(self, name: str, text: str) -> str:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def run(self, *manifests: str, **inputs: str) -> Result:
        process = self.start(*manifests, **inputs)
        began = time.monotonic()
        log, _ = process.communicate(timeout=180)
        return self._result(process, log, time.monotonic() - began)

    def run_and_cancel(self, *manifests: str, when: str, **inputs: str) -> Result:
        """SIGTERM, as docker sends it, once a line of the log holds `when`."""
        process = self.start(*manifests, **inputs)
        began, lines = time.monotonic(), []
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if when in line:
                process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        return self._result(process, "".join(lines), time.monotonic() - began)

    def start(self, *manifests: str, **inputs: str) -> subprocess.Popen[str]:
        given = {"cluster": "dev", "aws-region": "ap-northeast-2", "role-chain": DEPLOYER}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        given |= {"manifests": "\n".join(manifests)}
        for name in ("output", "summary", "env"):
            (self.folder / name).write_text("")
        return subprocess.Popen(
            [*self.prefix, sys.executable, "-Bu", "-c", PROGRAM],
            env=self._environment(DEFAULTS | given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _environment(self, inputs: Mapping[str, str]) -> dict[str, str]:
        passed = ("PATH", "AWS_CA_BUNDLE", "LANG")
        return {
            **{name: os.environ[name] for name in passed if name in os.environ},
            **self.keys,
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            "PYTHONPATH": f"{ROOT / 'shared'}:{ROOT / 'eks-deploy'}",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_ENV": str(self.folder / "env"),
            "GITHUB_REPOSITORY": "org/app",
        }

    def _result(self, process: subprocess.Popen[str], log: str, seconds: float) -> Result:
        return Result(
            exit_code=process.returncode,
            log=log,
            outputs=key_values(self.folder / "output"),
            summary=(self.folder / "summary").read_text(),
            seconds=seconds,
        )


def running_images(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.outputs["running-images"])
    return found

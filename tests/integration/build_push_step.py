"""build-push's release tree inside a runner's machine, started as the runner starts a composite's step."""

import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from fakes import Annotation, commands, key_values
from integration import release_tree
from testbed.runner_host.machine import Machine
from tools.paths import ROOT

REGISTRY = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
ACTION = "/home/runner/build-push-under-test"
ACTION_YML = yaml.safe_load((ROOT / "build-push" / "action.yml").read_text())


@dataclass(frozen=True)
class Finished:
    exit_code: int
    log: str
    outputs: dict[str, str]
    summary: str
    left_behind: list[str]

    @property
    def annotations(self) -> list[Annotation]:
        kinds = ("error", "warning", "notice")
        return [Annotation(kind, text, **given) for kind, given, text in commands(self.log) if kind in kinds]

    @property
    def error(self) -> Annotation:
        """The only error annotation."""
        (found,) = (each for each in self.annotations if each.kind == "error")
        return found


class Job:
    """A job's folders in the machine, and what every step of it gets."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.folder = f"/home/runner/jobs/{uuid.uuid4().hex}"
        machine.run(
            ["mkdir", "-p", *(f"{self.folder}/{name}" for name in ("work", "temp", "files"))], check=True
        )

    @staticmethod
    def install(machine: Machine) -> None:
        release_tree.install("build-push", machine, ACTION)

    def write(self, files: Mapping[str, str]) -> None:
        """Files of the workspace, as a checkout leaves them."""
        for name, text in files.items():
            path = f"{self.folder}/work/{name}"
            self.machine.run(["mkdir", "-p", str(Path(path).parent)], check=True)
            self.machine.run(["tee", path], input=text.encode(), stdout=subprocess.DEVNULL, check=True)

    def step(self, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> Finished:
        done = self.machine.run(
            self.command, env=self.environment(inputs, env), cwd=f"{self.folder}/work", capture_output=True
        )
        return self.finished(done.returncode, done.stdout.decode() + done.stderr.decode())

    def start(self, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> "Running":
        return Running(self, self.environment(inputs, env))

    @property
    def command(self) -> list[str]:
        (step,) = ACTION_YML["runs"]["steps"]
        return ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]

    def environment(self, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> dict[str, str]:
        given = {name: str(spec.get("default", "")) for name, spec in ACTION_YML["inputs"].items()}
        given |= {"github-token": "", **inputs}
        for name in ("output", "summary", "env"):
            self.machine.run(["truncate", "--size=0", f"{self.folder}/files/{name}"], check=True)
        return {
            "ACTION_INPUTS": json.dumps(given),
            "AWS_CA_BUNDLE": "/opt/actions-runner/ca.crt",
            "GITHUB_ACTION_PATH": ACTION,
            "GITHUB_ENV": f"{self.folder}/files/env",
            "GITHUB_OUTPUT": f"{self.folder}/files/output",
            "GITHUB_REPOSITORY": "org/app",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
            "GITHUB_STEP_SUMMARY": f"{self.folder}/files/summary",
            "GITHUB_WORKSPACE": f"{self.folder}/work",
            "RUNNER_TEMP": f"{self.folder}/temp",
            **(env or {}),
        }

    def finished(self, exit_code: int, log: str) -> Finished:
        inside = self.machine.root / self.folder.lstrip("/")
        return Finished(
            exit_code=exit_code,
            log=log,
            outputs=key_values(inside / "files" / "output"),
            summary=(inside / "files" / "summary").read_text(),
            left_behind=[path.name for path in (inside / "temp").iterdir()],
        )

    def remove(self) -> None:
        shutil.rmtree(self.machine.root / self.folder.lstrip("/"))


class Running:
    """A step in the middle of its build."""

    def __init__(self, job: Job, environment: Mapping[str, str]) -> None:
        self.job = job
        self.log = (job.machine.root / job.folder.lstrip("/") / "log").open("w+b")
        self.process = job.machine.popen(
            job.command, env=environment, cwd=f"{job.folder}/work", stdout=self.log, stderr=self.log
        )

    def wait_for(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not true():
            assert time.monotonic() < end, self.text
            time.sleep(0.05)

    @property
    def text(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text()

    def finish(self) -> Finished:
        return self.job.finished(self.process.wait(60), self.text)

    @property
    def programs(self) -> dict[int, tuple[str, str]]:
        """Processes of this step: number to command line and environment, as root of the host sees them."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_text(errors="replace")
                argv = (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
            except OSError:
                continue
            if self.job.folder in environment and "nsenter" not in argv:
                found[int(folder.name)] = (argv, environment)
        return found

    @property
    def docker(self) -> dict[int, tuple[str, str]]:
        return {pid: both for pid, both in self.programs.items() if "docker" in both[0].split(" ")[0]}


def inside(pid: int) -> str:
    """A process's number in its machine."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line for line in status.splitlines() if line.startswith("NSpid")).split()[-1]

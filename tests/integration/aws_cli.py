"""aws-cli as `make` installs it into build/peers: AWS's own client, which knows nothing of the testbed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.peers import INSTALLED
from testbed import paths


class AwsCli:
    """`credentials` as instance metadata has them; without, it asks the instance metadata of `netns`."""

    def __init__(self, region: str, home: Path) -> None:
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(INSTALLED),
            "AWS_CA_BUNDLE": str(paths.bundle()),
            "AWS_DEFAULT_REGION": region,
            "AWS_MAX_ATTEMPTS": "2",
            "AWS_METADATA_SERVICE_TIMEOUT": "2",
        }

    def start(
        self, *argv: str, credentials: Mapping[str, Any] | None = None, netns: str = "ea-tester"
    ) -> "subprocess.Popen[str]":
        if not INSTALLED.exists():
            raise AssertionError("aws-cli is not installed: make build/peers/peers.lock")
        names = ("access_key_id", "secret_access_key", "session_token")
        keys = {f"AWS_{name.upper()}": credentials[name] for name in names} if credentials else {}
        return subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{netns}", sys.executable, "-m", "awscli", *argv],
            env={**self._env, **keys},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *argv: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        return finished(self.start(*argv, **options))


def finished(process: "subprocess.Popen[str]") -> "subprocess.CompletedProcess[str]":
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)

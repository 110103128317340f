"""What tests of faults look through: curl on a runner's machine, as a cluster's administrator or nobody."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testbed import organisation, paths, topology
from testbed.runner_host.machine import Machine

ORG = organisation.load()
AWS = "https://sts.ap-northeast-2.amazonaws.com/"
SEEN = "%{stderr}%{json}"


@dataclass(frozen=True)
class Seen:
    """curl's exit status and words, and what it knows of the transfer: https://curl.se/docs/manpage.html#-w"""

    exit_status: int
    said: str
    body: str
    facts: Mapping[str, Any]

    @property
    def status(self) -> int:
        return int(self.facts["http_code"])

    @property
    def reached(self) -> bool:
        return self.exit_status == 0


def endpoint(cluster: str) -> str:
    return f"https://{topology.endpoint_host(ORG, ORG.clusters[cluster])}"


class Curl:
    """On a runner's machine."""

    def __init__(self, runner: str = "peered") -> None:
        self._machine = Machine(runner)
        self._folder = f"/tmp/curl-{secrets.token_hex(4)}"

    def __call__(self, url: str, *options: str, seconds: float = 10, **environment: str) -> Seen:
        argv = ["curl", "--silent", "--show-error", "--max-time", str(seconds), "--write-out", SEEN]
        done = self._machine.run(
            [*argv, *options, url], env=environment, capture_output=True, text=True, errors="replace"
        )
        said, _, facts = done.stderr.partition("{")
        return Seen(done.returncode, said, done.stdout, json.loads("{" + facts))

    def kubernetes(self, cluster: str, path: str, *options: str, seconds: float = 10) -> Seen:
        """As the administrator: the certificate is on the machine for the time of the call."""
        root = self._machine.root / self._folder.lstrip("/")
        root.mkdir(exist_ok=True)
        for name in ("ca.crt", "admin.crt", "admin.key"):
            (root / name).write_bytes((paths.cluster(cluster) / "pki" / name).read_bytes())
            (root / name).chmod(0o644)
        identity = ["--cert", f"{self._folder}/admin.crt", "--key", f"{self._folder}/admin.key"]
        trust = ["--cacert", f"{self._folder}/ca.crt"]
        return self(f"{endpoint(cluster)}{path}", *trust, *identity, *options, seconds=seconds)

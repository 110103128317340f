"""What the runner program is told: where its folders are, and what GitHub would send with a job."""

import json
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PATHS = ("work", "github", "actions", "runs", "env_file")


@dataclass(frozen=True, kw_only=True)
class Config:
    # Folders: the runner's work folder, bare repositories, release trees, results
    work: Path
    github: Path
    actions: Path
    runs: Path
    # The run
    repository: str  # OWNER/NAME
    sha: str
    ref: str = "refs/heads/main"
    event_name: str = "push"
    event: dict[str, Any] = field(default_factory=dict)
    changed_files: list[str] | None = None  # what path filters look at; None: they aren't evaluated
    workflow_path: str = ".github/workflows/workflow.yml"
    run_id: str = "1"
    run_number: str = "1"
    run_attempt: str = "1"
    actor: str = "octocat"
    ids: dict[str, str] = field(default_factory=dict)  # repository, owner and actor, as GitHub numbers them
    inputs: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    job: str = ""  # run only this one and what it needs
    debug: bool = False
    # The host
    runner_name: str = "runner"
    environment: dict[str, str] | None = None  # instead of what the allow-list lets through
    env_file: Path | None = None  # of the runner's folder: .env
    job_started_hook: str = ""
    token_service: dict[str, str] | None = None  # url, credential, ca_file
    immutable_sub: bool = False  # ask for `sub` with the ids of owner and repository in it
    # Time, so that tests needn't wait for it
    seconds_per_minute: float = 60.0
    sigint_seconds: float = 7.5
    sigterm_seconds: float = 2.5

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @classmethod
    def read(cls, file: Path) -> "Config":
        """`-` is standard input: a pipe of root's that another user holds, but can't open by name."""
        given = json.loads(sys.stdin.read() if file == Path("-") else file.read_text())
        known = {each.name for each in fields(cls)}
        if unknown := sorted(given.keys() - known):
            raise ValueError(
                f"{file}: unknown settings {', '.join(unknown)}; known are {', '.join(sorted(known))}"
            )
        values: dict[str, Any] = {key: Path(value) if key in PATHS else value for key, value in given.items()}
        return cls(**values)

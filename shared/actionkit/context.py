"""Where a step runs: what the runner's default variables say about job, commit and event."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GithubContext:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/variables ; empty where unset."""

    repository: str
    sha: str
    ref: str
    ref_name: str
    run_id: str
    run_attempt: str
    run_number: str
    workflow: str
    job: str
    actor: str
    event_name: str
    server_url: str
    runner_name: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "GithubContext":
        names = [name for name in cls.__dataclass_fields__ if name not in ("server_url", "runner_name")]
        values = {name: environ.get(f"GITHUB_{name.upper()}", "") for name in names}
        return cls(
            **values,
            server_url=environ.get("GITHUB_SERVER_URL", "https://github.com"),
            runner_name=environ.get("RUNNER_NAME", ""),
        )

    @property
    def run_url(self) -> str:
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"

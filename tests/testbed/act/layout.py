"""Where a run on act has its things, on the runner's machine."""

from dataclasses import dataclass
from pathlib import Path

from testbed.simulator.config import Config


@dataclass(frozen=True)
class Layout:
    """`root` is the run's own and is removed with it."""

    root: Path

    @classmethod
    def of(cls, config: Config) -> "Layout":
        return cls(config.work / "_act" / config.run_id)

    @property
    def repository(self) -> Path:
        """The commit that the workflow runs on; act's `actions/checkout` copies it."""
        return self.root / "repository"

    @property
    def others(self) -> Path:
        """Other repositories that `uses:` names: OWNER/REPO/REF."""
        return self.root / "others"

    @property
    def cache(self) -> Path:
        """act makes each job's workspace and temporary folder below it."""
        return self.root / "cache"

    def setting(self, name: str) -> Path:
        return self.root / "settings" / name

"""A state directory of the test's own."""

from pathlib import Path

import pytest


@pytest.fixture
def state_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state directory, named by the environment as a user would."""
    directory = tmp_path / "state"
    directory.mkdir()
    monkeypatch.setenv("EKS_ACTIONS_TESTBED", str(directory))
    return directory

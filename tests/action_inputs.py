"""Inputs as the runner gives them where a workflow says nothing."""

import yaml

from tools.paths import ROOT


def defaults(action: str) -> dict[str, str]:
    """Each input's default in the action's action.yml."""
    inputs = yaml.safe_load((ROOT / action / "action.yml").read_text())["inputs"]
    return {name: str(spec.get("default", "")) for name, spec in inputs.items()}

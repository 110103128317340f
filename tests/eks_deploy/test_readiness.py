"""The states in states/*.yaml: an object as the API server answers it in, kstatus's word for it out."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from eks_deploy.readiness.judge import judge

CASES = [
    pytest.param(case, id=f"{file.stem}-{case['case']}")
    for file in sorted(Path(__file__).with_name("states").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_state(case: dict[str, Any]) -> None:
    state = judge(case["object"])
    assert state.status.value == case["expect"], state.message
    assert case.get("says", "") in state.message

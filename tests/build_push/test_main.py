"""The order of refusals, as far as no Docker and no AWS are needed for it."""

from pathlib import Path

import pytest
import yaml

from actionkit.errors import ActionError, InvalidInputs
from build_push.main import main
from fakes import FakeRunner
from tools.paths import ROOT

TAG = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/app:1"


def runner(path: Path, **inputs: str) -> FakeRunner:
    declared = yaml.safe_load((ROOT / "build-push" / "action.yml").read_text())["inputs"]
    given = {name: str(spec.get("default", "")) for name, spec in declared.items()}
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    return FakeRunner(given, environ={"PATH": str(path), "HOME": str(path)})


def test_inputs_are_refused_before_anything_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputs):
        main(runner(tmp_path, context="nowhere", push="maybe", tags=TAG))


def test_missing_dockerfile_is_refused_before_docker_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="The Dockerfile doesn't exist"):
        main(runner(tmp_path, context=".", push="true", tags=TAG))


def test_missing_docker_is_refused_before_aws_is_asked_and_nothing_is_left(tmp_path: Path) -> None:
    step = runner(tmp_path, context=".", push="true", tags=TAG)
    (step.workspace / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(ActionError, match="There is no docker on this runner"):
        main(step)
    assert list(step.temp.iterdir()) == []
    assert step.outputs == {}


def test_input_of_a_predecessor_is_a_warning(tmp_path: Path) -> None:
    step = runner(tmp_path, context=".", tags=TAG, cache_from="type=gha")
    with pytest.raises(ActionError):
        main(step)
    assert ["`cache-from`" in each.message for each in step.annotations] == [True]

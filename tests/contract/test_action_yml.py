"""What action.yml promises and what the code reads are the same thing."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.docs.__main__ import generated
from tools.paths import ACTIONS, CREDENTIAL_INPUTS, ROOT

COMPOSITE = ("assume-role", "build-push")


def action(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name / "action.yml").read_text())


def known_inputs(name: str) -> frozenset[str]:
    return importlib.import_module(f"{name.replace('-', '_')}.settings").INPUTS


@pytest.mark.parametrize("name", ACTIONS)
def test_the_code_knows_exactly_the_inputs_of_action_yml(name: str) -> None:
    assert known_inputs(name) == frozenset(action(name)["inputs"])


@pytest.mark.parametrize("name", ACTIONS)
def test_the_three_share_one_block_of_credential_inputs(name: str) -> None:
    shared = yaml.safe_load(CREDENTIAL_INPUTS.read_text())
    assert {key: action(name)["inputs"][key] for key in shared} == shared


@pytest.mark.parametrize("name", ACTIONS)
def test_every_input_and_output_says_what_it_is(name: str) -> None:
    described = [*action(name)["inputs"].items(), *action(name).get("outputs", {}).items()]
    assert [key for key, spec in described if not spec.get("description")] == []


@pytest.mark.parametrize("name", ACTIONS)
def test_names_are_kebab_case(name: str) -> None:
    names = [*action(name)["inputs"], *action(name).get("outputs", {})]
    assert [n for n in names if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", n)] == []


@pytest.mark.parametrize("name", ACTIONS)
def test_marketplace_takes_the_description(name: str) -> None:
    """https://docs.github.com/en/actions/how-tos/create-and-publish-actions/publish-in-github-marketplace"""
    assert 0 < len(action(name)["description"]) <= 125


@pytest.mark.parametrize("name", COMPOSITE)
def test_nothing_is_interpolated_into_a_script(name: str) -> None:
    for step in action(name)["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("name", COMPOSITE)
def test_inputs_travel_as_one_json_value(name: str) -> None:
    steps = [s for s in action(name)["runs"]["steps"] if "run" in s]
    assert [s["env"]["ACTION_INPUTS"] for s in steps] == ["${{ toJSON(inputs) }}"]
    assert [s["shell"] for s in steps] == ["bash"]
    assert 'exec "$python" -ISBu "$GITHUB_ACTION_PATH/entrypoint.py"' in steps[0]["run"]


@pytest.mark.parametrize("name", COMPOSITE)
def test_every_output_of_a_composite_comes_from_its_step(name: str) -> None:
    step = next(s["id"] for s in action(name)["runs"]["steps"] if "run" in s)
    for output, spec in action(name)["outputs"].items():
        assert spec["value"] == f"${{{{ steps.{step}.outputs.{output} }}}}"


def test_eks_deploy_is_built_from_its_own_folder() -> None:
    runs = action("eks-deploy")["runs"]
    assert (runs["using"], runs["image"]) == ("docker", "Dockerfile")


@pytest.mark.parametrize("file", generated(), ids=lambda file: str(file.relative_to(ROOT)))
def test_generated_parts_are_up_to_date(file: Path) -> None:
    assert file.read_text() == generated()[file], "run `make docs` and commit the result"

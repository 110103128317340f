from pathlib import Path

import pytest
import yaml

from actionkit.errors import InvalidInputs
from actionkit.inputs import Reader
from eks_deploy import settings
from eks_deploy.images import Substitution
from eks_deploy.main import places
from eks_deploy.settings import Settings
from fakes import FakeRunner

ACTION = yaml.safe_load((Path(__file__).parents[2] / "eks-deploy" / "action.yml").read_text())
DEFAULTS = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}


def read(**inputs: str) -> Settings:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    raw = DEFAULTS | {"cluster": "dev", "manifests": "k8s"} | given
    return settings.read(Reader(raw, settings.INPUTS, settings.FORMER))


def problems(**inputs: str) -> str:
    with pytest.raises(InvalidInputs) as raised:
        read(**inputs)
    return "\n".join(problem.text for problem in raised.value.problems)


def test_the_defaults_of_action_yml() -> None:
    found = read()
    assert (found.mode, found.wait, found.timeout, found.namespace) == ("apply", True, 600, "")


def test_lists_and_durations() -> None:
    found = read(manifests="a.yaml\n\n b/ \n", images="app=x:1\n\nother=y:2", timeout="90s")
    assert found.manifests == ("a.yaml", "b/")
    assert found.images == (Substitution("app", "x:1"), Substitution("other", "y:2"))
    assert found.timeout == 90


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("cluster", "", "`cluster` is required"),
        ("cluster", "arn:aws:eks:eu-west-1:1:cluster/dev", "not its ARN"),
        ("manifests", "", "`manifests` is required"),
        ("namespace", "My_Namespace", "lower-case letters"),
        ("images", "app", "Expected `name=reference`"),
        ("images", "app=x:1\napp=y:1", "replaces `app` twice"),
        ("wait", "maybe", "Write `true` or `false`"),
        ("timeout", "soon", "such as `90s`"),
        ("mode", "aply", "Perhaps you meant `apply`"),
        ("manifest", "x", "Perhaps you meant `manifests`"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str, says: str) -> None:
    assert says in problems(**{name: value})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = problems(cluster="", timeout="x", images="app")
    assert [name for name in ("`cluster`", "`timeout`", "`images`") if name in found] == [
        "`cluster`",
        "`timeout`",
        "`images`",
    ]


def test_an_input_of_another_action_is_a_warning() -> None:
    reader = Reader(
        DEFAULTS | {"cluster": "dev", "manifests": "k", "kubeconfig": "x"}, settings.INPUTS, settings.FORMER
    )
    settings.read(reader)
    assert "kubeconfig" in reader.warnings[0]


def test_paths_of_the_host_lead_into_the_container() -> None:
    runner = FakeRunner()
    host = "/home/runner/_work"
    found = places(
        read(internal_workspace=f"host:{host}/app/app", internal_temp=f"host:{host}/_temp"), runner
    )
    assert found.here(f"{host}/app/app/k8s") == runner.workspace / "k8s"
    assert found.here(f"{host}/_temp/out.yaml") == runner.temp / "out.yaml"
    assert found.here("k8s") == runner.workspace / "k8s"

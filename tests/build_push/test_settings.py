import pytest
import yaml

from actionkit.errors import InvalidInputs
from actionkit.inputs import Reader
from build_push import settings
from build_push.settings import Settings
from fakes import FakeRunner
from tools.paths import ROOT

HOST = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
COMMIT = "https://github.com/org/app.git#0123456789abcdef0123456789abcdef01234567"


def read(**inputs: str) -> Settings:
    """The settings of a step whose `with:` is `inputs`, on top of action.yml's defaults."""
    declared = yaml.safe_load((ROOT / "build-push" / "action.yml").read_text())["inputs"]
    given = {name: str(spec.get("default", "")) for name, spec in declared.items()}
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    reader = Reader(given, settings.INPUTS, settings.FORMER)
    found = settings.read(reader, FakeRunner().context)
    reader.finish()
    return found


def problems(**inputs: str) -> list[str]:
    with pytest.raises(InvalidInputs) as refused:
        read(**inputs)
    return [problem.text for problem in refused.value.problems]


def test_defaults_are_docker_build_push_actions() -> None:
    found = read()
    assert (found.build.context, found.build.push, found.build.tags) == (COMMIT, False, ())


@pytest.mark.parametrize(
    "tags",
    [f"{HOST}/app:1\n{HOST}/app:latest\n", f"{HOST}/app:1,{HOST}/app:latest", f'"{HOST}/app:1", {HOST}/app'],
)
def test_tags_are_lines_or_comma_separated(tags: str) -> None:
    assert read(tags=tags).build.tags == (f"{HOST}/app:1", f"{HOST}/app:latest")


def test_tags_are_gathered_by_repository() -> None:
    found = read(push="true", tags=f"{HOST}/app:1,{HOST}/team/service:1,{HOST}/app:latest,ghcr.io/org/app:1")
    assert [(each.name, each.tags) for each in found.repositories] == [
        ("app", ("1", "latest")),
        ("team/service", ("1",)),
    ]
    assert found.build.tags[-1] == "ghcr.io/org/app:1"


def test_build_without_push_may_have_a_local_name() -> None:
    assert read(tags="app:test").build.tags == ("app:test",)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"push": "yes"}, ["`push` is `yes`", "`true` or `false`"]),
        ({"push": "true"}, ["`tags` is empty, and `push` is true"]),
        ({"push": "true", "tags": "app:1"}, ["names no registry", "REGION.amazonaws.com/app:1"]),
        ({"push": "true", "tags": "ghcr.io/org/app:1"}, ["nothing in a private ECR registry", "ghcr.io"]),
        (
            {"push": "true", "tags": "1111.dkr.ecr.us-east-1.amazonaws.com/a:1"},
            ["looks like an ECR registry"],
        ),
        ({"push": "true", "tags": f"{HOST}/a__b:1"}, ["can't be in ECR", "in a row"]),
        ({"push": "true", "tags": f"{HOST}/App:1"}, [f"has `{HOST}/App:1`", "only lowercase"]),
        (
            {"push": "true", "tags": f"{HOST}/app:1", "aws_region": "eu-central-1"},
            ["is in ap-northeast-2, and `aws-region` is eu-central-1", "leave out `aws-region`"],
        ),
        (
            {"push": "true", "tags": "111111111111.dkr.ecr.apnortheast-2.amazonaws.com/app:1"},
            ["`apnortheast-2`, which is no AWS region", "Perhaps you meant `ap-northeast-2`"],
        ),
        ({"role_to_assume": "github-build"}, ["`role-to-assume`", "Write the role's ARN"]),
        ({"dockerfile": "Dockerfile"}, ["`dockerfile` is not an input"]),
        ({"tag": f"{HOST}/app:1"}, ["Perhaps you meant `tags`"]),
    ],
)
def test_bad_input_is_named_with_a_next_step(inputs: dict[str, str], words: list[str]) -> None:
    text = "\n".join(problems(**inputs))
    for word in words:
        assert word in text


def test_all_problems_come_at_once() -> None:
    assert len(problems(push="true", tags=f"{HOST}/App:1,{HOST}/app:+,app:1", audience="", nonsense="1")) >= 5


@pytest.mark.parametrize("name", sorted(settings.FORMER))
def test_input_of_a_predecessor_that_changes_no_image_is_a_warning(name: str) -> None:
    reader = Reader({"push": "false", "audience": "x", name: "1"}, settings.INPUTS, settings.FORMER)
    assert [f"`{name}`" in warning for warning in reader.warnings] == [True]


def test_entries_keep_their_commas() -> None:
    found = read(build_args='A=1,2\nB={"x":"y"}', labels="title=a, b")
    assert found.build.build_args == ("A=1,2", 'B={"x":"y"}')
    assert found.build.labels == ("title=a, b",)


@pytest.mark.parametrize(("context", "own"), [("", True), (".", False), ("{{defaultContext}}:api", False)])
def test_paths_are_the_repositorys_where_the_context_is_its_root(context: str, own: bool) -> None:
    assert read(context=context).of_this_commit is own

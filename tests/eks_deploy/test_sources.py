from pathlib import Path

import pytest

from eks_deploy.sources import Places, find


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in (
        "k8s/b.yaml",
        "k8s/a.yml",
        "k8s/deep/c.json",
        "k8s/README.md",
        "k8s/values.YAML",
        "one.yaml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "empty").mkdir()
    return tmp_path


def found(workspace: Path, *lines: str) -> list[str]:
    places = Places(workspace=workspace, mapped=(("/home/runner/_work/app/app", str(workspace)),))
    sources = find(lines, places)
    assert sources.problems == []
    return [places.shown(path) for path in sources.files]


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("one.yaml", ["one.yaml"]),
        ("k8s", ["k8s/a.yml", "k8s/b.yaml", "k8s/deep/c.json", "k8s/values.YAML"]),
        ("k8s/", ["k8s/a.yml", "k8s/b.yaml", "k8s/deep/c.json", "k8s/values.YAML"]),
        ("k8s/*.yaml", ["k8s/b.yaml"]),
        ("k8s/**/*.json", ["k8s/deep/c.json"]),
        ("k8s/README.md", ["k8s/README.md"]),
        ("/home/runner/_work/app/app/one.yaml", ["one.yaml"]),
    ],
)
def test_files_folders_and_globs(workspace: Path, line: str, files: list[str]) -> None:
    assert found(workspace, line) == files


def test_a_file_that_is_named_twice_is_read_once_in_its_first_place(workspace: Path) -> None:
    assert found(workspace, "k8s/b.yaml", "k8s/*.y*ml") == ["k8s/b.yaml", "k8s/a.yml"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("k9s", "no such file or folder"),
        ("k8s/*.toml", "No file matches"),
        ("empty", "no .yaml, .yml or .json file"),
        ("https://example.com/a.yaml", "URLs aren't read"),
    ],
)
def test_a_line_that_finds_nothing_is_a_problem(workspace: Path, line: str, says: str) -> None:
    (problem,) = find((line,), Places(workspace=workspace, mapped=())).problems
    assert problem[0] == line
    assert says in problem[1]


def test_an_empty_workspace_points_to_the_missing_checkout(tmp_path: Path) -> None:
    (problem,) = find(("k8s",), Places(workspace=tmp_path, mapped=())).problems
    assert "actions/checkout" in problem[2]


def test_a_path_of_the_runner_is_found_under_the_folder_it_is_mounted_at(tmp_path: Path) -> None:
    mapped = (("/r/_work/app/app", "/github/workspace"), ("/r/_work/_temp", "/github/runner_temp"))
    places = Places(workspace=tmp_path, mapped=mapped)
    assert str(places.here("/r/_work/_temp/x.yaml")) == "/github/runner_temp/x.yaml"
    assert str(places.here("/r/_work/app/app2/x.yaml")) == "/r/_work/app/app2/x.yaml"
    assert str(places.here("/r/_work/app/app")) == "/github/workspace"


@pytest.mark.parametrize("line", ["k8s", "k8s/*.yaml", "k8s/out.yaml", "away", "away/secret.yaml"])
def test_a_link_in_the_workspace_that_leads_out_of_it_is_refused(workspace: Path, line: str) -> None:
    """The container reads as root: what a commit links to isn't the committer's to read."""
    outside = workspace.parent / f"{workspace.name}-outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("token: x")
    (workspace / "k8s/out.yaml").symlink_to(outside / "secret.yaml")
    (workspace / "away").symlink_to(outside)
    sources = find((line,), Places(workspace=workspace, mapped=()))
    assert "leads out of the workspace" in sources.problems[0][1]
    assert [path.read_text() for path in sources.files if path.read_text()] == []


def test_a_link_within_the_workspace_is_followed(workspace: Path) -> None:
    (workspace / "dev").symlink_to("k8s")
    (workspace / "two.yaml").symlink_to("one.yaml")
    assert found(workspace, "dev", "two.yaml")[-1] == "two.yaml"


def test_a_file_that_the_input_itself_names_elsewhere_is_read(workspace: Path) -> None:
    outside = workspace.parent / f"{workspace.name}.yaml"
    outside.write_text("")
    assert found(workspace, str(outside), f"../{outside.name}")

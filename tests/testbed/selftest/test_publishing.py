"""Folders that become repositories of the testbed's GitHub."""

import subprocess
from pathlib import Path

import pytest

from testbed import github
from testbed.git import Repository


def files(bare: Path, sha: str) -> list[str]:
    return Repository(bare).call("ls-tree", "-r", "--name-only", sha).splitlines()


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with a folder `shop` in it."""
    (tmp_path / "app" / "shop").mkdir(parents=True)
    (tmp_path / "app" / "shop" / "file").write_text("x")
    git(tmp_path / "app", "init", "--quiet")
    return tmp_path / "app"


@pytest.mark.parametrize("written", ["shop", "./shop", "../app/shop", "{here}/shop"])
def test_a_folder_in_a_repository_is_published_however_its_path_is_written(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.chdir(app)
    folder = Path(written.format(here=app))
    sha = github.publish(folder, "org/shop", "refs/heads/main", tmp_path / "github")
    assert files(tmp_path / "github" / "org" / "shop.git", sha) == ["file"]


def test_of_a_repository_the_last_commit_is_published_and_that_is_said(
    app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(app, "add", "shop")
    git(app, "commit", "--quiet", "--message", "first")
    github.publish(app, "org/app", "refs/heads/main", tmp_path / "github")
    assert capsys.readouterr().out == ""
    (app / "later").write_text("x")
    sha = github.publish(app, "org/app", "refs/heads/main", tmp_path / "github")
    assert files(tmp_path / "github" / "org" / "app.git", sha) == ["shop/file"]
    assert "has changes that aren't committed" in capsys.readouterr().out


def test_a_repository_without_a_commit_is_told_apart(app: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="failed") as caught:
        github.publish(app, "org/app", "refs/heads/main", tmp_path / "github")
    assert "Has the repository a commit?" in str(vars(caught.value))

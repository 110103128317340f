"""Which organisation is meant, and what of it may change while it is up."""

import shutil
from pathlib import Path

import pytest

from testbed import organisation
from testbed.errors import TestbedError
from testbed.organisation_file import check, kept

EXAMPLE = organisation.BUILT_IN.parents[2] / "examples" / "testbed"


@pytest.fixture
def mine(tmp_path: Path, state_at: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, to be changed; nothing is up, and nothing is named."""
    assert state_at.exists()
    monkeypatch.delenv(kept.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(EXAMPLE, tmp_path / "mine")
    return tmp_path / "mine" / "testbed.yaml"


def keep(file: Path) -> None:
    kept.keep(file, check.check(file))


def test_the_nearest_name_wins(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.choose(None) == organisation.BUILT_IN
    keep(mine)
    assert kept.choose(None) == mine
    here = mine.parent.parent / "testbed.yaml"
    here.touch()
    assert kept.choose(None) == here
    monkeypatch.setenv(kept.VARIABLE, "of/variable.yaml")
    assert kept.choose(None) == here.parent / "of/variable.yaml"
    assert kept.choose(Path("given.yaml")) == here.parent / "given.yaml"


def test_what_is_up_is_what_it_was_whatever_becomes_of_its_files(mine: Path) -> None:
    before = organisation.read(mine)
    keep(mine)
    shutil.rmtree(mine.parent)
    up = organisation.load()
    assert up.github == before.github
    assert [role.name for role in up.roles.values()] == [role.name for role in before.roles.values()]
    assert all(role.trust.exists() for role in up.roles.values())
    assert all(file.exists() for file in up.clusters["live"].manifests)


def test_a_copy_changes_only_with_its_files(mine: Path) -> None:
    keep(mine)
    first = [(path, path.stat().st_mtime_ns) for path in kept.copies()]
    keep(mine)
    assert [(path, path.stat().st_mtime_ns) for path in kept.copies()] == first
    (mine.parent / "policies/pull.json").write_text('{"Statement": []}')
    keep(mine)
    node = next(role for role in organisation.load().roles.values() if role.name == "node")
    assert node.policies[0].read_text() == '{"Statement": []}'


@pytest.mark.parametrize(
    ("old", "new", "needs"),
    [
        ("eu-central-1", "eu-west-1", "region"),
        ("444455556666", "444455556667", "accounts and clusters and runners"),
        ("10.60.0.20", "10.60.0.21", "clusters"),
        ("name: live", "name: life", "clusters"),
        ("10.60.1.10", "10.60.1.11", "runners"),
        ("{account: platform, name: shop}", "{account: platform, name: shop, immutable: true}", ""),
        ("groups: [releasers]", "groups: [viewers]", ""),
        ("name: shop", "name: shop/web", ""),
        ("github-organisation: acme", "github-organisation: acme-inc", ""),
    ],
)
def test_networks_and_machines_stay_until_down(mine: Path, old: str, new: str, needs: str) -> None:
    keep(mine)
    mine.write_text(mine.read_text().replace(old, new))
    try:
        kept.refuse_what_needs_down(organisation.read(mine))
        refused = ""
    except TestbedError as error:
        refused = error.message
    assert refused == (f"{needs} differ from what is up, of {mine}" if needs else "")


def test_nothing_up_can_differ_from_nothing(mine: Path) -> None:
    kept.refuse_what_needs_down(organisation.read(mine))

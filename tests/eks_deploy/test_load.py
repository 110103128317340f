from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from actionkit.errors import ActionError, InvalidInputs
from actionkit.inputs import Reader
from eks_deploy import settings
from eks_deploy.load import load
from eks_deploy.manifest import Manifest
from eks_deploy.sources import Places

ACTION = yaml.safe_load((Path(__file__).parents[2] / "eks-deploy" / "action.yml").read_text())
DEFAULTS = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: app}]}\n"


def loaded(folder: Path, images: str = "") -> list[Manifest]:
    raw = DEFAULTS | {"cluster": "dev", "manifests": ".", "images": images}
    read = settings.read(Reader(raw, settings.INPUTS))
    return load(replace(read), Places(workspace=folder, mapped=()))


def test_objects_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(CONFIG)
    (tmp_path / "a.yaml").write_text(POD)
    assert [(m.label, m.file) for m in loaded(tmp_path)] == [("Pod a", "a.yaml"), ("ConfigMap a", "b.yaml")]


def test_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "c.yaml").write_text(CONFIG)
    (tmp_path / "d.yaml").write_text(CONFIG)
    with pytest.raises(InvalidInputs) as raised:
        loaded(tmp_path)
    assert [(p.title, p.file) for p in raised.value.problems] == [
        ("Not a text file", "b.yaml"),
        ("Not valid YAML", "a.yaml"),
        ("The same object twice", "d.yaml"),
    ]
    assert "Nothing was changed" in raised.value.message


def test_files_without_an_object_are_no_deployment(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# nothing yet\n---\n")
    with pytest.raises(ActionError, match="Nothing to deploy"):
        loaded(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONFIG, encoding="utf-8-sig")
    assert len(loaded(tmp_path)) == 1


def test_images_are_put_in_and_a_wrong_name_lists_the_right_ones(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    assert loaded(tmp_path, "app=x:1")[0].body["spec"]["containers"][0]["image"] == "x:1"
    with pytest.raises(ActionError) as raised:
        loaded(tmp_path, "ap=x:1")
    assert "Images in the manifests: app." in raised.value.hint

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from actionkit.errors import ActionError
from build_push import docker_config

ECR = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
GHCR = {"auth": "b3JnOnBhc3N3b3Jk"}


def user_folder(folder: Path, content: dict[str, Any]) -> dict[str, str]:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(content))
    return {"DOCKER_CONFIG": str(folder)}


def written(tmp_path: Path, content: dict[str, Any]) -> dict[str, Any]:
    user = docker_config.read(user_folder(tmp_path / "user", content))
    docker_config.write(tmp_path / "ours", user, [ECR])
    result: dict[str, Any] = json.loads((tmp_path / "ours" / "config.json").read_text())
    return result


def test_other_settings_of_the_user_stay(tmp_path: Path) -> None:
    user = {
        "auths": {"ghcr.io": GHCR},
        "credHelpers": {"gcr.io": "gcloud"},
        "credsStore": "pass",
        "proxies": {"default": {"httpProxy": "http://proxy.example:3128"}},
        "currentContext": "remote",
        "HttpHeaders": {"X-Team": "platform"},
    }
    config = written(tmp_path, user)
    assert {key: config[key] for key in user if key != "credHelpers"} == {
        key: value for key, value in user.items() if key != "credHelpers"
    }
    assert config["credHelpers"] == {"gcr.io": "gcloud", ECR: docker_config.HELPER}


@pytest.mark.parametrize("key", [ECR, f"https://{ECR}", f"https://{ECR}/v2/"])
def test_login_of_an_earlier_step_gives_way_to_ours(tmp_path: Path, key: str) -> None:
    config = written(tmp_path, {"auths": {key: {"auth": "b2xk"}, "ghcr.io": GHCR}})
    assert config["auths"] == {"ghcr.io": GHCR}


def test_helper_of_the_host_for_our_registry_gives_way_to_ours(tmp_path: Path) -> None:
    """`docker login` fails where amazon-ecr-credential-helper is set up; this never logs in."""
    assert written(tmp_path, {"credHelpers": {ECR: "ecr-login"}})["credHelpers"] == {ECR: "eks-actions-ecr"}


def test_plugins_contexts_and_builders_of_the_user_are_found(tmp_path: Path) -> None:
    environ = user_folder(tmp_path / "user", {"cliPluginsExtraDirs": ["/opt/plugins"]})
    for name in ("contexts", "buildx"):
        (tmp_path / "user" / name).mkdir()
    (tmp_path / "user" / "contexts" / "meta").touch()
    made = docker_config.write(tmp_path / "ours", docker_config.read(environ), [ECR])
    config = json.loads((tmp_path / "ours" / "config.json").read_text())
    assert config["cliPluginsExtraDirs"] == ["/opt/plugins", str(tmp_path / "user" / "cli-plugins")]
    assert (tmp_path / "ours" / "contexts" / "meta").exists()
    assert made == {
        "DOCKER_CONFIG": str(tmp_path / "ours"),
        "BUILDX_CONFIG": str(tmp_path / "user" / "buildx"),
    }


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    written(tmp_path, {"auths": {"ghcr.io": GHCR}})
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "ours/config.json")]
    assert modes == [0o700, 0o600]


def test_user_without_configuration(tmp_path: Path) -> None:
    user = docker_config.read({"HOME": str(tmp_path)})
    made = docker_config.write(tmp_path / "ours", user, [ECR])
    assert json.loads((tmp_path / "ours" / "config.json").read_text())["credHelpers"] == {
        ECR: "eks-actions-ecr"
    }
    assert "BUILDX_CONFIG" not in made


@pytest.mark.parametrize("content", ["{", "[]"])
def test_broken_configuration_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ActionError) as refused:
        docker_config.read({"DOCKER_CONFIG": str(tmp_path)})
    assert str(tmp_path / "config.json") in refused.value.message


def test_users_own_credentials_are_recognised(tmp_path: Path) -> None:
    content = {"auths": {f"https://{ECR}": {}}, "credHelpers": {"gcr.io": "gcloud"}}
    user = docker_config.read(user_folder(tmp_path / "user", content))
    assert [user.knows(host) for host in (ECR, "gcr.io", "ghcr.io")] == [True, True, False]

"""Tools are built from pinned modules, with their versions told."""

import re
from pathlib import Path

import pytest

from testbed.tools import build, debian, golang
from testbed.tools.catalogue import TOOLS, Tool

PINNED = {
    "kube": "v1.35.4",
    "aws-iam-authenticator": "v0.6.13",
    "coredns": "v1.12.4",
    "ecr-credential-provider": "v1.34.3",
    "runc": "v1.5.2",
    "buildx": "v0.38.2",
    "act": "v0.2.89",
}


def test_versions_are_those_of_the_module_files() -> None:
    assert {name: tool.version for name, tool in TOOLS.items()} == PINNED


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_every_tool_has_its_checksums(tool: Tool) -> None:
    assert f"{tool.module} {tool.version} h1:" in (tool.directory / "go.sum").read_text()


def test_kubernetes_and_its_staging_modules_are_of_one_release() -> None:
    replaced = re.findall(r"=> (k8s\.io/\S+) (v\S+)", (TOOLS["kube"].directory / "go.mod").read_text())
    assert len(replaced) > 25
    assert {version for _, version in replaced} == {"v0.35.4"}


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("kube", "k8s.io/component-base/version.gitVersion=v1.35.4"),
        ("kube", "k8s.io/client-go/pkg/version.gitMinor=35"),
        ("buildx", "github.com/docker/buildx/version.Version=v0.38.2"),
        ("aws-iam-authenticator", "pkg.Version=0.6.13"),
    ],
)
def test_binaries_know_their_version(tool: str, told: str) -> None:
    assert told in " ".join(TOOLS[tool].command(Path("out")))


def test_a_binary_is_found_by_each_of_its_names() -> None:
    assert build.path("kubelet").name == "kubelet"
    assert build.path("kubelet").parent == build.path("etcd").parent
    assert build.path("runc").parent != build.path("kube").parent


def test_another_flag_is_another_binary() -> None:
    assert len({build.key(tool) for tool in TOOLS.values()}) == len(TOOLS)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("go1.26.8", (1, 26, 8)), ("1.25", (1, 25)), ("go1.27rc1", (1, 27, 1)), ("go1.26.8 X:a", (1, 26, 8))],
)
def test_go_versions(text: str, numbers: tuple[int, ...]) -> None:
    assert golang.numbers(text) == numbers


def test_pypi_offers_a_go_that_is_new_enough() -> None:
    assert golang.numbers(golang.PYPI_VERSION) >= golang.needed()


def test_services_that_packages_bring_are_known() -> None:
    assert set(debian.SERVICES) <= set(debian.PACKAGES)

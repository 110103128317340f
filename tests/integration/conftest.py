"""The running testbed, for tests of one boundary against the real part behind it."""

import secrets
from collections.abc import Iterator

import pytest

from testbed.bed import Bed

# Two groups that run beside each other: what is about the clusters, and what is about AWS and the runner.
# Within a group tests share roles, the runner's machine or the nodes' time, and run one after another.
CLUSTERS = ("test_cluster", "test_eks_deploy")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        group = "clusters" if item.path.name.startswith(CLUSTERS) else "aws"
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def bed() -> Bed:
    return Bed.attach()


@pytest.fixture
def namespace(bed: Bed) -> Iterator[str]:
    """A namespace of the test's own in the cluster `dev`."""
    name = f"test-{secrets.token_hex(4)}"
    api = bed.api("dev")
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")

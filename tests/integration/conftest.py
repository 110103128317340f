"""The running testbed, for tests of one boundary against the real part behind it."""

import secrets
from collections.abc import Iterator

import pytest

from testbed.bed import Bed
from testbed.faults.guard import no_fault_is_left

__all__ = ["no_fault_is_left"]


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

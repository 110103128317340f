"""A fixture for a test suite's conftest.py: a test that leaves something broken is told, and it is mended."""

import os
from collections.abc import Iterator

import pytest

from testbed.faults import active


@pytest.fixture(autouse=True)
def no_fault_is_left() -> Iterator[None]:
    yield
    left = active.heal(active.of_process(os.getpid()))
    assert not left, f"the test ended with a fault in force, healed now: {', '.join(map(str, left))}"

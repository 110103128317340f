"""What every end-to-end test starts from: a testbed that is up, our release trees, the example app."""

import os
from pathlib import Path

import pytest

from e2e.support import App
from testbed import organisation, paths, units
from testbed.faults.guard import no_fault_is_left
from tools import releases
from tools.demo import application

__all__ = ["no_fault_is_left"]


@pytest.fixture(scope="session", autouse=True)
def org() -> organisation.Organisation:
    if os.geteuid() != 0:
        pytest.exit("end-to-end tests need Linux and root: run `make e2e` as root", returncode=2)
    if not units.names():
        pytest.exit("the testbed isn't up: run `./testbed up`, or `make e2e`, which does", returncode=2)
    org = organisation.load()
    releases.publish(paths.state() / "actions", org.github)
    return org


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(application.checkout(tmp_path / "app"))

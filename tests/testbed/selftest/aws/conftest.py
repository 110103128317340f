"""AWS's front in this process, a fresh one a test; the issuer's key is made once."""

from pathlib import Path

import pytest

from testbed.oidc.issuer import Issuer
from testbed.selftest.aws.in_process import Aws


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer.load_or_create(tmp_path_factory.mktemp("issuer") / "issuer.pem")


@pytest.fixture
def aws(tmp_path: Path, issuer: Issuer) -> Aws:
    return Aws(tmp_path, issuer)

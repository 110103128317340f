"""What a release tree is cut from."""

import pytest

from tools.vendor import lockfile

LOCK = """\
# a comment
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
beta-two==2.0 ; python_version < '3.11' \\
    --hash=sha256:ba
gamma==3.0 \\
    --hash=sha256:ca
"""


def test_the_part_of_the_lock_file_keeps_hashes_and_markers() -> None:
    assert lockfile.subset(LOCK, ["Beta.Two", "gamma"]) == LOCK[LOCK.index("beta-two") :]


def test_a_package_that_is_not_locked_is_named_with_the_way_to_lock_it() -> None:
    with pytest.raises(lockfile.NotLocked, match=r"delta.*make lock"):
        lockfile.subset(LOCK, ["alpha", "delta"])


def test_requirements_leave_out_what_is_not_imported_and_what_only_that_needs() -> None:
    everything = lockfile.with_requirements(["kubernetes"])
    assert {"aiohttp", "yarl", "pydantic-core"} <= everything
    without = lockfile.with_requirements(["kubernetes"], without=["aiohttp", "aiohttp-retry"])
    assert without.isdisjoint({"aiohttp", "yarl"})

"""The state directory is ours, or is left alone."""

from pathlib import Path

import pytest

from testbed import state
from testbed.errors import TestbedError

MOUNTINFO = """\
22 1 254:0 / / rw - ext4 /dev/root rw
40 22 0:30 / /var/lib/bed rw - tmpfs tmpfs rw
41 40 0:31 / /var/lib/bed/runners/a/merged rw - overlay overlay rw
42 22 0:32 / /var/lib/bedroom rw - tmpfs tmpfs rw
43 22 0:33 / /var/lib/bed/with\\040space rw - tmpfs tmpfs rw
"""


def test_mounts_below_are_found_in_their_order_and_no_others() -> None:
    found = state.mounts_below(Path("/var/lib/bed"), MOUNTINFO)
    assert [str(path) for path in found] == [
        "/var/lib/bed",
        "/var/lib/bed/runners/a/merged",
        "/var/lib/bed/with space",
    ]


def test_a_directory_with_other_files_is_refused(state_at: Path) -> None:
    (state_at / "thesis.tex").write_text("mine")
    with pytest.raises(TestbedError, match="is not the testbed's"):
        state.claim()
    state.remove()
    assert (state_at / "thesis.tex").read_text() == "mine"


def test_a_claimed_directory_is_removed_whole(state_at: Path) -> None:
    state.claim()
    (state_at / "logs").mkdir()
    state.claim()  # ours stays ours
    state.remove()
    assert not state_at.exists()
    state.remove()  # nothing to do is no error

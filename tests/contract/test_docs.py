"""What `make docs` writes, and what it says where it can't."""

import pytest

from tools.docs import render
from tools.docs.__main__ import naming
from tools.paths import ROOT

ACTION = {
    "inputs": {
        "a": {"description": "One\nor the | other.", "default": "x|y"},
        "b": {"description": "Needed.", "required": True},
        "internal-c": {"description": "Nobody's business."},
    },
    "outputs": {"d": {"description": "What came out."}},
}
PLACES = (
    "<!-- inputs:begin -->\nold\n<!-- inputs:end -->\nkept\n<!-- outputs:begin -->\n<!-- outputs:end -->\n"
)


def test_the_tables_are_written_between_their_markers_and_all_else_is_kept() -> None:
    written = render.readme(PLACES, ACTION)
    assert "| `a` | `x\\|y` | One or the \\| other. |" in written
    assert "| `b` | *required* | Needed. |" in written
    assert "| `d` | What came out. |" in written
    assert "internal-c" not in written
    assert "old" not in written
    assert "\nkept\n" in written
    assert render.readme(written, ACTION) == written


def test_a_place_that_is_missing_is_named_with_its_file() -> None:
    with (
        pytest.raises(render.MarkerMissing, match=r"^README\.md: .*inputs:begin.*inputs:end.*missing"),
        naming(ROOT / "README.md"),
    ):
        render.readme("no place for tables\n", ACTION)

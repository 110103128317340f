"""What the runner starts: finds what the release tree carries, and hands over to it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if not (HERE / "_vendor").is_dir():
    sys.stdout.write(
        "::error title=This checkout is not an action::assume-role runs on what its release tree carries in "
        "_vendor, and that isn't here. Use a release tag (uses: org/assume-role@v1), or `make vendor`.\n"
    )
    sys.exit(1)
# `-I -S` keep this folder and the runner's own packages out; the action runs on what it carries.
sys.path.insert(0, str(HERE / "_vendor"))

from actionkit.entry import run  # noqa: E402 - found only through the lines above
from assume_role.main import main  # noqa: E402

run(main, action="assume-role")

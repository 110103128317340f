"""What the runner starts: finds what the action carries, and hands over to it."""

import sys
from pathlib import Path

# `-I` hides this folder, and what the action carries beats what the runner has installed.
sys.path.insert(0, str(Path(__file__).resolve().parent / "_vendor"))

try:
    from actionkit.entry import run
    from build_push.main import main
except ModuleNotFoundError as missing:
    sys.exit(
        "::error title=This checkout is not an action::build-push runs on what its release tree carries in "
        f"_vendor, and {missing.name} isn't there. Use a release tag (uses: org/build-push@v1), or run `make "
        "vendor` first."
    )

run(main, action="build-push")

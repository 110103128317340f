"""`make vendor`: fill each action's `_vendor/` (and `_image/`) so that its folder runs alone.

A testbed that is up gets the release trees: `uses: org/ACTION@v1` in `./testbed run` is then this checkout.
"""

import subprocess
import sys
import time

from tools import releases
from tools.paths import ACTIONS, ROOT
from tools.vendor.lockfile import NotLocked
from tools.vendor.packages import NotPortable
from tools.vendor.tree import vendor


def main() -> int:
    for action in ACTIONS:
        start = time.monotonic()
        try:
            vendor(action)
        except (NotLocked, NotPortable) as error:
            print(f"vendor: {action}: {error}", file=sys.stderr)
            return 1
        except subprocess.CalledProcessError as error:
            print(
                f"vendor: {action}: {error.cmd[0]} failed with exit code {error.returncode}", file=sys.stderr
            )
            return 1
        files = [
            f for folder in ("_vendor", "_image") for f in (ROOT / action / folder).rglob("*") if f.is_file()
        ]
        size = sum(f.stat().st_size for f in files) / 1e6
        print(f"{action}: {len(files)} files, {size:.1f} MB, {time.monotonic() - start:.1f} s")
    if owner := releases.publish_to_testbed():
        print(f"the testbed's runners have them as {owner}/ACTION@v1")
    return 0


if __name__ == "__main__":
    sys.exit(main())

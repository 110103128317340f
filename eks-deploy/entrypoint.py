#!/usr/bin/env -S python3 -ISBu
"""What the container starts: finds what the release tree carries, and hands over to it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if not (HERE / "_vendor").is_dir():
    sys.stdout.write(
        "::error title=This checkout is not an action::eks-deploy runs on what its release tree carries in "
        "_vendor, and that isn't here. Use a release tag (uses: org/eks-deploy@v1), or `make vendor` first.\n"
    )
    sys.exit(1)
# `-I -S` keep the image's own packages out; `_image/site` holds what is compiled for its Python.
sys.path[:0] = [str(HERE / "_vendor"), str(HERE / "_image" / "site")]

from actionkit.entry import run  # noqa: E402 - found only through the lines above
from eks_deploy.main import main  # noqa: E402

run(main, action="eks-deploy", container=True)

#!/usr/bin/env -S python3 -ISBu
"""What the container runs: the vendored packages first on the path, then the action."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# `-I -S` keep the image's own packages out; `_image/site` holds what is compiled for its Python.
sys.path[:0] = [str(HERE / "_vendor"), str(HERE / "_image" / "site")]

from actionkit.entry import run  # noqa: E402 - found only through the lines above
from eks_deploy.main import main  # noqa: E402

run(main, action="eks-deploy", container=True)

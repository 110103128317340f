"""The image of a tool that nodes run: its program and nothing else, made once beside the program."""

import os
import shutil
from pathlib import Path

from testbed.images import image
from testbed.tools import build


def archive(tool: str, name: str) -> Path:
    """A tar for `ctr images import`, of an image of this name that runs the tool."""
    program = build.path(tool)
    target = program.with_name(f"image-{name.replace('/', '_').replace(':', '_')}.tar")
    if not target.exists():
        partial = program.with_name(f"partial-{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "root").mkdir(parents=True)
        shutil.copy2(program, partial / "root" / tool)
        made = image.make(partial / "root", partial / "blobs", [f"/{tool}"])
        image.archive(made, name, partial / "image.tar")
        (partial / "image.tar").replace(target)
        shutil.rmtree(partial)
    return target

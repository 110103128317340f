"""The registry's storage without room: its process sees an overlay of it, whose upper layer has no page left.

So what is stored can be read, and all that distribution writes ends with the kernel's own ENOSPC. Nobody else
sees that mount, and it ends with the process.
"""

import subprocess

from testbed import paths, processes, units
from testbed.errors import TestbedError
from testbed.faults.fault import Memory

UNIT = "registry"
FILL = """
set -eu
mkdir -p "$2"
mount -t tmpfs -o size=4k,nr_inodes=512 full "$2"
mkdir "$2/upper" "$2/work"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$1"
head -c 4096 /dev/zero > "$2/fill"
"""
# Whatever is there of it, so that what was killed half way is undone too.
EMPTY = """
set -eu
for place; do
  while grep -qF " $place " /proc/self/mountinfo; do umount -l "$place"; done
done
rm -rf "$2"
"""


def fill() -> Memory:
    done = _inside(FILL)
    if done.returncode:
        raise TestbedError("the registry's storage can't be filled", done.stderr.strip())
    return {}


def empty() -> None:
    if units.running(UNIT):
        done = _inside(EMPTY)
        if done.returncode:
            raise TestbedError("the registry's storage can't be emptied", done.stderr.strip())


def _inside(script: str) -> "subprocess.CompletedProcess[str]":
    outer = units.running(UNIT)
    assert outer
    (server,) = processes.children(outer)
    storage, layer = paths.state() / "registry", paths.state() / "registry-full"
    # The process namespace too: the /proc that is mounted there is of that.
    enter = ["nsenter", f"--target={server}", "--mount", "--pid"]
    command = [*enter, "sh", "-c", script, "sh", str(storage), str(layer)]
    return subprocess.run(command, capture_output=True, text=True, check=False)

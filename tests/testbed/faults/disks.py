"""Faults of a runner's disk: full, or read-only. Nothing of them is left after healing.

A small file system with a copy of the folder is put over it. What is deleted there makes room again, as on
any disk; what is written there is lost with it.
"""

from testbed.faults import runners
from testbed.faults.fault import Fault, Memory, Parameter, Values, count
from testbed.faults.runners import RUNNER
from testbed.runner_host.layout import WORK

DOCKER = "/var/lib/docker"
PLACES = {"work": str(WORK), "temp": f"{WORK}/_temp", "docker": DOCKER}
ENGINE_KIBIBYTES = 32 * 1024  # more than an engine needs to start

# $1 the folder, $2 kibibytes besides what is in it. Only `seen` is seen; `fill`, beside it, can't be deleted.
COVER = """
set -eu
if [ ! -d "$1" ]; then mkdir "$1"; chown --reference "$(dirname "$1")" "$1"; fi
used=$(du --summarize --block-size=1K "$1" | cut -f 1)
mkdir -p /run/covering
mount -t tmpfs -o "size=$((used + $2 + 64))k,mode=755" testbed-fault /run/covering
mkdir /run/covering/seen
chown --reference "$1" /run/covering/seen
chmod --reference "$1" /run/covering/seen
if [ "$1" != /var/lib/docker ]; then cp --archive "$1/." /run/covering/seen; fi
mount --bind /run/covering/seen "$1"
"""
# $1 kibibytes that are left.
FILL = """
set -eu
free=$(($(stat --file-system --format '%a * %S / 1024' /run/covering)))
if [ "$free" -gt "$1" ]; then fallocate --length "$((free - $1))KiB" /run/covering/fill; fi
umount -l /run/covering
"""
REFUSE = 'set -eu; mount -o remount,ro /run/covering; mount -o remount,bind,ro "$1"; umount -l /run/covering'
# Only what we have mounted: the engine's data is a mount of its own. $1 the folder.
UNCOVER = """
set -eu
top() {
  awk -v place="$1" '$5 == place { for (i = 7; i < NF; i++) if ($i == "-") source = $(i + 2) }
    END { print source }' /proc/self/mountinfo
}
for place in /run/covering "$1"; do
  while [ "$(top "$place")" = testbed-fault ]; do umount -l "$place"; done
done
rm -rf /run/covering
"""


def _folder(text: str) -> str:
    folder = PLACES.get(text, text)
    if not folder.startswith("/") or folder.rstrip("/") == "":
        raise ValueError(f"it is one of {', '.join(PLACES)}, or a folder's absolute path")
    return folder.rstrip("/")


def _fill(values: Values) -> Memory:
    if values["place"] == DOCKER:
        runners.stop_engine(values)
        runners.sh(values, COVER, DOCKER, str(ENGINE_KIBIBYTES + values["room"]))
        runners.start_engine(values)
    else:
        runners.sh(values, COVER, values["place"], str(values["room"]))
    runners.sh(values, FILL, str(values["room"]))
    return {}


def _make_read_only(values: Values) -> Memory:
    runners.sh(values, COVER, values["place"], "0")
    runners.sh(values, REFUSE, values["place"])
    return {}


def _mend(values: Values, _memory: Memory) -> None:
    if not runners.is_up(values):
        return  # mounts end with the machine
    if values["place"] == DOCKER:
        runners.stop_engine(values)
    runners.sh(values, UNCOVER, values["place"])
    if values["place"] == DOCKER:
        runners.start_engine(values)


def _not_docker(text: str) -> str:
    if (folder := _folder(text)) == DOCKER:
        raise ValueError("an engine doesn't start there; engine-stopped is a fault of its own")
    return folder


def _disk(values: Values) -> str:
    return f"{values['place']} of {values['runner']}"


FAULTS = (
    Fault(
        name="disk-full",
        text="no space is left in a folder of a runner's machine",
        parameters=(
            RUNNER,
            Parameter(
                name="place",
                text="work (checkouts, RUNNER_TEMP, actions), temp (RUNNER_TEMP), docker (the engine's data, "
                "which starts empty), or a folder",
                default="work",
                read=_folder,
            ),
            Parameter(name="room", text="kibibytes that can still be written", default="0", read=count),
        ),
        units=runners.unit,
        part=_disk,
        strike=_fill,
        heal=_mend,
    ),
    Fault(
        name="disk-read-only",
        text="a folder of a runner's machine can't be written to",
        parameters=(
            RUNNER,
            Parameter(name="place", text="work, temp, or a folder", default="temp", read=_not_docker),
        ),
        units=runners.unit,
        part=_disk,
        strike=_make_read_only,
        heal=_mend,
    ),
)

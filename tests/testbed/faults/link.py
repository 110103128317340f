"""A worse link: packets that the router leads through this program are late, few, or cut off.

The kernel may have no netem, and a relay of connections would answer in the far end's place. These are the
packets themselves: handshakes, pings and retransmissions take as long as the data.
Run: `python -m testbed.faults.link DEVICE SETTINGS`, as a unit in the router's namespace.
"""

import fcntl
import heapq
import json
import os
import select
import struct
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from testbed.faults import packets

TUN = Path("/dev/net/tun")
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LONGEST = 65536
BACKLOG_SECONDS = 0.5  # what a router's buffer holds at most; then it drops


@dataclass(frozen=True, kw_only=True)
class Settings:
    """delay: seconds, each way. rate: bytes a second, each way; 0: no limit.

    after: payload of a connection after which it is reset, in bytes; None: never. cuts: of so many
    connections; 0: of all.
    """

    delay: float = 0.0
    rate: float = 0.0
    after: int | None = None
    cuts: int = 0

    def text(self) -> str:
        return json.dumps(asdict(self))


class Cutter:
    """Resets connections in the middle, also those that were there before."""

    def __init__(self, after: int, cuts: int) -> None:
        self._after = after
        self._left = cuts or sys.maxsize
        self._carried: dict[frozenset[packets.Peer], int] = {}
        self._cut: set[frozenset[packets.Peer]] = set()

    def through(self, packet: bytes) -> list[bytes]:
        """What goes on in place of the packet."""
        found = packets.segment(packet)
        if found is None or found.flags & packets.RST:
            return [packet]
        if found.flags & packets.SYN:  # perhaps with the ports of an earlier one
            self._carried.pop(found.connection, None)
            self._cut.discard(found.connection)
            return [packet]
        if found.connection in self._cut:
            return packets.resets(found)
        carried = self._carried.get(found.connection, 0) + found.size
        self._carried[found.connection] = carried
        if not found.size or carried <= self._after or not self._left:
            return [packet]
        self._left -= 1
        self._cut.add(found.connection)
        return packets.resets(found)


class Link:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cutter = None if settings.after is None else Cutter(settings.after, settings.cuts)
        self._free: dict[bytes, float] = {}  # by direction: when the line has sent all before
        self._waiting: list[tuple[float, int, bytes]] = []
        self._number = 0

    def take(self, packet: bytes, now: float) -> None:
        for each in self._cutter.through(packet) if self._cutter else [packet]:
            due = now
            if self._settings.rate:
                direction = each[12:14] + each[16:18]
                begins = max(now, self._free.get(direction, 0.0))
                if begins - now > BACKLOG_SECONDS:
                    continue
                due = self._free[direction] = begins + len(each) / self._settings.rate
            self._number += 1
            heapq.heappush(self._waiting, (due + self._settings.delay, self._number, each))

    def due(self, now: float) -> list[bytes]:
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            found.append(heapq.heappop(self._waiting)[2])
        return found

    def pause(self, now: float) -> float | None:
        """Seconds until the next packet is due."""
        return max(0.0, self._waiting[0][0] - now) if self._waiting else None


def serve(device: int, link: Link) -> None:
    while True:
        ready, _, _ = select.select([device], [], [], link.pause(time.monotonic()))
        if ready:
            link.take(os.read(device, LONGEST), time.monotonic())
        for packet in link.due(time.monotonic()):
            os.write(device, packet)


def open_device(name: str) -> int:
    """A network interface whose packets we read and write; it lasts as long as we do.

    https://docs.kernel.org/networking/tuntap.html
    """
    if not TUN.exists():  # as in a container: the kernel may have it nevertheless
        TUN.parent.mkdir(exist_ok=True)
        os.mknod(TUN, 0o20600, os.makedev(10, 200))
    device = os.open(TUN, os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def main(name: str, settings: Settings) -> None:
    device = open_device(name)
    subprocess.run(["ip", "link", "set", name, "txqueuelen", "10000", "up"], check=True)
    serve(device, Link(settings))


if __name__ == "__main__":
    main(sys.argv[1], Settings(**json.loads(sys.argv[2])))

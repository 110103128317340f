"""The few fields of IPv4 and TCP that a cut needs. Pure. RFC 791, RFC 9293."""

import struct
from dataclasses import dataclass

TCP = 6
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

Peer = tuple[bytes, int]  # address, port


@dataclass(frozen=True, kw_only=True)
class Segment:
    """`size`: bytes of payload."""

    source: Peer
    target: Peer
    sequence: int
    acknowledged: int
    flags: int
    size: int

    @property
    def connection(self) -> frozenset[Peer]:
        """The same for both directions."""
        return frozenset((self.source, self.target))


def segment(packet: bytes) -> Segment | None:
    """None unless it is TCP, whole or the first fragment."""
    if packet[0] >> 4 != 4 or packet[9] != TCP or struct.unpack_from("!H", packet, 6)[0] & 0x1FFF:
        return None
    start = (packet[0] & 0x0F) * 4
    source, target, sequence, acknowledged = struct.unpack_from("!HHII", packet, start)
    header = (packet[start + 12] >> 4) * 4
    return Segment(
        source=(packet[12:16], source),
        target=(packet[16:20], target),
        sequence=sequence,
        acknowledged=acknowledged,
        flags=packet[start + 13],
        size=struct.unpack_from("!H", packet, 2)[0] - start - header,
    )


def resets(cut: Segment) -> list[bytes]:
    """What ends the connection for both ends: each RST has the number that its receiver waits for.

    One whose number isn't exactly that is answered by a segment with the right one (RFC 5961, 3.2).
    """
    found = [_reset(cut.source, cut.target, cut.sequence)]
    if cut.flags & ACK:
        found.append(_reset(cut.target, cut.source, cut.acknowledged))
    return found


def _reset(source: Peer, target: Peer, sequence: int) -> bytes:
    pseudo = source[0] + target[0] + struct.pack("!BBH", 0, TCP, 20)
    tcp = struct.pack("!HHIIBBHHH", source[1], target[1], sequence, 0, 5 << 4, RST, 0, 0, 0)
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, TCP, 0) + source[0] + target[0]
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp


def checksum(data: bytes) -> int:
    """RFC 1071; 0 over what has its right checksum in it. Of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

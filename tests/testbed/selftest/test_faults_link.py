"""The line between VPCs: delay, rate and cuts, decided packet by packet."""

import struct

import pytest

from testbed.faults import packets
from testbed.faults.link import BACKLOG_SECONDS, Cutter, Link, Settings

CLIENT, SERVER = (bytes([10, 10, 1, 10]), 40000), (bytes([10, 20, 0, 10]), 443)
ACK, SYN, RST, UDP = packets.ACK, packets.SYN, packets.RST, 17


def packet(
    size: int = 0,
    *,
    reverse: bool = False,
    flags: int = ACK,
    numbers: tuple[int, int] = (1000, 5000),
    protocol: int = packets.TCP,
) -> bytes:
    source, target = (SERVER, CLIENT) if reverse else (CLIENT, SERVER)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40 + size, 0, 0, 64, protocol, 0) + source[0] + target[0]
    return (
        ip + struct.pack("!HHIIBBHHH", source[1], target[1], *numbers, 5 << 4, flags, 0, 0, 0) + bytes(size)
    )


def test_resets_fit_both_ends() -> None:
    cut = packets.segment(packet(100, numbers=(7, 9)))
    assert cut
    to_server, to_client = (packets.segment(each) for each in packets.resets(cut))
    assert to_server
    assert to_client
    assert (to_server.source, to_server.target, to_server.sequence) == (CLIENT, SERVER, 7)
    assert (to_client.source, to_client.target, to_client.sequence) == (SERVER, CLIENT, 9)
    assert {to_server.flags, to_client.flags} == {RST}


def test_resets_have_right_checksums() -> None:
    cut = packets.segment(packet(100))
    assert cut
    for reset in packets.resets(cut):
        pseudo = reset[12:20] + struct.pack("!BBH", 0, packets.TCP, 20)
        assert packets.checksum(reset[:20]) == 0
        assert packets.checksum(pseudo + reset[20:]) == 0


@pytest.mark.parametrize(
    ("after", "cuts", "sent", "passed"),
    [
        (0, 0, [packet(), packet(1), packet()], [True, False, False]),
        (10, 0, [packet(6), packet(4, reverse=True), packet(1)], [True, True, False]),
        (0, 0, [packet(flags=SYN), packet(5, protocol=UDP)], [True, True]),
        (0, 0, [packet(1), packet(flags=SYN), packet(1)], [False, True, False]),
        (0, 1, [packet(1), packet(flags=SYN), packet(1), packet(1)], [False, True, True, True]),
    ],
)
def test_a_connection_is_cut_after_so_many_bytes_of_both_ends(
    after: int, cuts: int, sent: list[bytes], passed: list[bool]
) -> None:
    cutter = Cutter(after, cuts)
    assert [cutter.through(each) == [each] for each in sent] == passed


def test_whoever_still_sends_into_a_cut_connection_is_reset_again() -> None:
    cutter = Cutter(0, 0)
    cutter.through(packet(1))
    resets = [packets.segment(each) for each in cutter.through(packet(reverse=True, numbers=(5000, 1001)))]
    assert [(found.target, found.sequence) for found in resets if found] == [(CLIENT, 5000), (SERVER, 1001)]


def test_packets_are_late_in_their_order() -> None:
    link = Link(Settings(delay=0.04))
    first, second = packet(1), packet(2)
    link.take(first, 10.0)
    link.take(second, 10.01)
    assert link.pause(10.02) == pytest.approx(0.02)
    assert [link.due(now) for now in (10.03, 10.041, 10.051)] == [[], [first], [second]]
    assert link.pause(11.0) is None


def test_a_thin_line_sends_one_after_the_other_each_way_and_drops_what_it_cannot_hold() -> None:
    link = Link(Settings(rate=1000.0))
    for _ in range(100):
        link.take(packet(60), 0.0)  # a tenth of a second each
    link.take(packet(60, reverse=True), 0.0)
    assert len(link.due(0.1)) == 2
    sent = [len(link.due(tenths / 10 + 0.01)) for tenths in range(2, 20)]
    held = round(BACKLOG_SECONDS * 10)
    assert sent == [1] * held + [0] * (18 - held)

"""How are keys pressed on a phone? As telephone-events in RTP (RFC 4733): written for sipp, read one by one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

KEYS = "0123456789*#"
PAYLOAD_TYPE = 101
PCMA = 8
PACKET_MS = 20
HELD_PACKETS = 2
END_PACKETS = 3
"""The end of a key is told three times (RFC 4733 2.5.1.4)."""
PAUSE_PACKETS = 1
TICKS = 8 * PACKET_MS
"""RTP time in one packet, at 8,000 a second."""
ETHERNET = 1
SILENCE = b"\xd5" * TICKS
"""In A-law."""
LOUDNESS = 10
IP_UDP = bytes.fromhex("45000000 00004000 40110000 7f000001 7f000001")


def capture(typed: str) -> bytes:
    """A capture (pcap) of somebody who types that, in one go: of one file for each key, sipp would lose some. Between
    the keys there is sound, as there is on a line."""
    made = [_record(slot, _rtp(slot, *packet)) for slot, packet in enumerate(_packets(typed))]
    return struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, ETHERNET) + b"".join(made)


def _packets(typed: str) -> Iterator[tuple[int, bool, int, bytes]]:
    """One every PACKET_MS: payload type, whether something begins, how many packets ago it began, payload."""
    for key in typed:
        for n in range(HELD_PACKETS + END_PACKETS):
            ended, ticks = n >= HELD_PACKETS, min(n + 1, HELD_PACKETS) * TICKS
            event = struct.pack("!BBH", KEYS.index(key), ended << 7 | LOUDNESS, ticks)
            yield PAYLOAD_TYPE, n == 0, n, event
        for n in range(PAUSE_PACKETS):
            yield PCMA, n == 0, 0, SILENCE


def _rtp(slot: int, payload_type: int, begins: bool, ago: int, payload: bytes) -> bytes:
    return struct.pack("!BBHII", 0x80, begins << 7 | payload_type, slot, (slot - ago) * TICKS, 0x5EC5) + payload


def _record(slot: int, rtp: bytes) -> bytes:
    udp = struct.pack("!HHHH", 6_000, 6_000, 8 + len(rtp), 0) + rtp
    frame = bytes(12) + b"\x08\x00" + IP_UDP[:2] + struct.pack("!H", 20 + len(udp)) + IP_UDP[4:] + udp
    seconds, ms = divmod(slot * PACKET_MS, 1_000)
    return struct.pack("!IIII", seconds, ms * 1_000, len(frame), len(frame)) + frame


@dataclass
class Listener:
    """Which key was pressed? Each is told by many packets of one timestamp, and counts once."""

    _heard: set[int] = field(default_factory=set)

    def key(self, rtp: bytes) -> str | None:
        """`rtp`: a packet of telephone-events; the key that is heard for the first time."""
        if len(rtp) < 16 or rtp[12] >= len(KEYS):
            return None
        (timestamp,) = struct.unpack_from("!I", rtp, 4)
        if timestamp in self._heard:
            return None
        self._heard.add(timestamp)
        return KEYS[rtp[12]]

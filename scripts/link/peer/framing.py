"""Framing and the packet's header: PROTOCOL.md, "Framing" and "Packet"."""

import enum
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

VERSION = 1
OVERHEAD = 10
SMALLEST_MTU, DEFAULT_MTU, LARGEST_MTU = 96, 252, 1024


class Kind(enum.IntEnum):
    DESCRIPTOR = 1
    BEGIN = 2
    SLICE = 3
    END = 4
    LOG = 5
    STATS = 6
    HELLO = 7
    PING = 8
    PONG = 9
    CREDIT = 10
    TEXT = 11
    COMMAND = 12
    RESPONSE = 13


class Flag(enum.IntFlag):
    """The low five bits of the header's byte 3."""

    NONE = 0
    MORE = 2
    FRAGMENT = 4
    INTER = 8
    LAST = 16


@dataclass(frozen=True)
class Packet:
    kind: int  # of Kind, or free
    sequence: int
    body: bytes = b""
    image: int = 0
    descriptor: int = 0
    flags: Flag = Flag.NONE
    position: int = 0
    version: int = VERSION

    def encoded(self) -> bytes:
        """The packet before COBS."""
        head = struct.pack(
            "<BBBBH",
            self.version << 4 | self.kind,
            self.sequence & 0xFF,
            self.image & 0xFF,
            self.descriptor << 5 | self.flags,
            self.position,
        )
        packet = head + self.body
        return packet + struct.pack("<I", zlib.crc32(packet))

    def framed(self, after_zero: bool = False) -> bytes:
        """The packet as it goes on the line, without the zero before it if one was just sent."""
        return (b"" if after_zero else b"\0") + stuffed(self.encoded()) + b"\0"


def stuffed(data: bytes) -> bytes:
    """COBS: no byte of the result is zero."""
    result = bytearray()
    block = bytearray()
    for byte in data:
        if byte:
            block.append(byte)
            if len(block) < 254:
                continue
            result += b"\xff" + block
        else:
            result += bytes([len(block) + 1]) + block
        block.clear()
    # Behind a full block nothing has to follow.
    if block or not data or data[-1] == 0 or len(result) == 0:
        result += bytes([len(block) + 1]) + block
    return bytes(result)


def unstuffed(data: bytes) -> bytes | None:
    """What was stuffed, or nothing if this was not."""
    result = bytearray()
    place = 0
    while place < len(data):
        length = data[place]
        block = data[place + 1 : place + length]
        if length == 0 or len(block) != length - 1:
            return None
        result += block
        place += length
        if length < 255 and place < len(data):
            result.append(0)
    return bytes(result)


def parsed(data: bytes) -> Packet | None:
    """The packet, of any version, or nothing if its length or its checksum is wrong."""
    if not OVERHEAD <= len(data) <= LARGEST_MTU:
        return None
    (crc,) = struct.unpack("<I", data[-4:])
    if zlib.crc32(data[:-4]) != crc:
        return None
    kind, sequence, image, flags, position = struct.unpack("<BBBBH", data[:6])
    return Packet(
        kind=kind & 15,
        sequence=sequence,
        body=data[6:-4],
        image=image,
        descriptor=flags >> 5,
        flags=Flag(flags & 0x1E),
        position=position,
        version=kind >> 4,
    )


class Splitter:
    """Makes packets, and the text between them, of bytes in any split."""

    # Two bytes beside COBS's own at the largest MTU; more than that is no packet.
    LONGEST = LARGEST_MTU + 8

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet | bytes]:
        """Packets, and as bytes what is none."""
        for byte in data:
            if byte:
                self._pending.append(byte)
                if len(self._pending) > self.LONGEST:
                    yield bytes(self._pending)
                    self._pending.clear()
            elif self._pending:
                piece = bytes(self._pending)
                self._pending.clear()
                plain = unstuffed(piece)
                packet = parsed(plain) if plain is not None else None
                yield piece if packet is None else packet

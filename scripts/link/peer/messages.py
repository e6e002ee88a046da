"""Bodies of packets: PROTOCOL.md, "Bodies"."""

import enum
import struct
from dataclasses import dataclass

from link.peer.layouts import Layout, Region


class BodyError(Exception):
    """A body is too short or breaks a rule."""


class Command(enum.IntEnum):
    FORMAT = 1
    REGION = 2
    RATE = 3
    MTU = 4
    REFRESH = 5
    DELIVERY = 6
    EXPOSURE = 7


class Status(enum.IntEnum):
    DONE = 0
    NO_SUCH_COMMAND = 1
    NOT_THIS_VALUE = 2
    TOO_SHORT = 3
    CAMERA_FAILED = 4


def _unpacked(fields: str, data: bytes, offset: int = 0) -> tuple[int, ...]:
    if len(data) < offset + struct.calcsize(fields):
        raise BodyError(f"a body of {len(data)} bytes")
    return struct.unpack_from(fields, data, offset)


def _name(data: bytes, offset: int) -> tuple[str, int]:
    """A name, and where what follows begins."""
    (length,) = _unpacked("<B", data, offset)
    end = offset + 1 + length
    if length > 31 or end > len(data):
        raise BodyError(f"a name of {length} bytes")
    return data[offset + 1 : end].decode(errors="replace"), end


def _as_name(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data


def _region(data: bytes, offset: int) -> Region | None:
    return Region(*_unpacked("<4H", data, offset)) if len(data) > offset else None


@dataclass(frozen=True)
class Descriptor:
    layout: Layout
    mtu: int
    slice_rows: int = 0
    board: str = ""
    sensor: str = ""

    def encoded(self) -> bytes:
        names = _as_name(self.board) + _as_name(self.sensor)
        return self.layout.encoded() + struct.pack("<HH", self.mtu, self.slice_rows) + names

    @staticmethod
    def decoded(data: bytes) -> "Descriptor":
        mtu, rows = _unpacked("<HH", data, Layout.SIZE)
        board, end = _name(data, 10)
        sensor, _ = _name(data, end)
        return Descriptor(Layout.decoded(data), mtu, rows, board, sensor)


@dataclass(frozen=True)
class Begin:
    number: int
    layout: Layout
    chunk: int
    time: int = 0
    exposure: int = 0
    dropped: int = 0
    refused: int = 0
    payload: int = 0
    region: Region | None = None

    def encoded(self) -> bytes:
        head = struct.pack("<I", self.number) + self.layout.encoded()
        counters = (self.exposure, self.dropped, self.refused, self.payload)
        body = head + struct.pack("<HQ4I", self.chunk, self.time, *counters)
        return body + (self.region.encoded() if self.region else b"")

    @staticmethod
    def decoded(data: bytes) -> "Begin":
        (number,) = _unpacked("<I", data)
        chunk, time, exposure, dropped, refused, payload = _unpacked("<HQ4I", data, 10)
        counters = (exposure, dropped, refused, payload)
        layout = Layout.decoded(data[4:])
        return Begin(number, layout, chunk, time, *counters, _region(data, 36))


@dataclass(frozen=True)
class End:
    number: int
    layout: Layout
    aborted: bool
    slices: int
    payload: int
    crc: int
    region: Region | None = None

    def encoded(self) -> bytes:
        head = struct.pack("<I", self.number) + self.layout.encoded()
        body = head + struct.pack("<BB3I", self.aborted, 0, self.slices, self.payload, self.crc)
        return body + (self.region.encoded() if self.region else b"")

    @staticmethod
    def decoded(data: bytes) -> "End":
        (number,) = _unpacked("<I", data)
        flags, _, slices, payload, crc = _unpacked("<BB3I", data, 10)
        layout = Layout.decoded(data[4:])
        return End(number, layout, bool(flags & 1), slices, payload, crc, _region(data, 24))


@dataclass(frozen=True)
class Hello:
    just_started: bool
    mtu: int
    capabilities: int = 0
    firmware: str = ""

    KEEPS_TO_CREDIT, ANSWERS_COMMANDS = 1, 2

    def encoded(self) -> bytes:
        head = struct.pack("<BBHI", 1, self.just_started, self.mtu, self.capabilities)
        return head + _as_name(self.firmware)

    @staticmethod
    def decoded(data: bytes) -> "Hello":
        _, flags, mtu, capabilities = _unpacked("<BBHI", data)
        return Hello(bool(flags & 1), mtu, capabilities, _name(data, 8)[0])


class Start(enum.IntEnum):
    UNKNOWN = 0
    POWER = 1
    PIN = 2
    BROWN_OUT = 3
    WATCHDOG = 4
    FAULT = 5
    SOFTWARE = 6


@dataclass(frozen=True)
class Life:
    """A board's counters that outlive its resets."""

    start: int
    images: int
    starts: int
    brown_outs: int
    watchdogs: int
    faults: int
    camera_restarts: int

    FIELDS = "<BI5H"

    def encoded(self) -> bytes:
        return struct.pack(
            self.FIELDS,
            self.start,
            self.images,
            self.starts,
            self.brown_outs,
            self.watchdogs,
            self.faults,
            self.camera_restarts,
        )


@dataclass(frozen=True)
class Stats:
    uptime: int  # milliseconds
    sent: int
    dropped: int
    given_up: int
    refused: int
    sent_bytes: int
    life: Life | None = None

    FIELDS = "<5IQ"

    def encoded(self) -> bytes:
        body = struct.pack(
            self.FIELDS,
            self.uptime,
            self.sent,
            self.dropped,
            self.given_up,
            self.refused,
            self.sent_bytes,
        )
        return body + (self.life.encoded() if self.life else b"")

    @staticmethod
    def decoded(data: bytes) -> "Stats":
        uptime, sent, dropped, given_up, refused, sent_bytes = _unpacked(Stats.FIELDS, data)
        size = struct.calcsize(Stats.FIELDS)
        has_life = len(data) >= size + struct.calcsize(Life.FIELDS)
        life = Life(*_unpacked(Life.FIELDS, data, size)) if has_life else None
        return Stats(uptime, sent, dropped, given_up, refused, sent_bytes, life)


@dataclass(frozen=True)
class Credit:
    last: int
    window: int

    def encoded(self) -> bytes:
        return struct.pack("<BBH", self.last, 0, self.window)

    @staticmethod
    def decoded(data: bytes) -> "Credit":
        last, _, window = _unpacked("<BBH", data)
        return Credit(last, window)


@dataclass(frozen=True)
class Request:
    """The body of a COMMAND."""

    token: int
    command: int
    arguments: bytes = b""

    def encoded(self) -> bytes:
        return struct.pack("<HB", self.token, self.command) + self.arguments

    @staticmethod
    def decoded(data: bytes) -> "Request":
        token, command = _unpacked("<HB", data)
        return Request(token, command, data[3:])

    def numbers(self, fields: str) -> tuple[int, ...]:
        """The arguments; BodyError where there are too few."""
        return _unpacked(fields, self.arguments)


@dataclass(frozen=True)
class Response:
    token: int
    command: int
    status: int

    def encoded(self) -> bytes:
        return struct.pack("<HBB", self.token, self.command, self.status)

    @staticmethod
    def decoded(data: bytes) -> "Response":
        return Response(*_unpacked("<HBB", data))

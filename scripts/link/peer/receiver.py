"""A host's side: images of packets, and what is wrong with them. PROTOCOL.md, "The receiver"."""

import zlib
from collections import Counter
from dataclasses import dataclass, field

from link.peer import bilevel, lossless, texts
from link.peer.bilevel import CodeError
from link.peer.framing import LARGEST_MTU, SMALLEST_MTU, VERSION, Flag, Kind, Packet, Splitter
from link.peer.layouts import Codec, Layout, Region, packed
from link.peer.messages import Begin, BodyError, Descriptor, End, Hello, Response, Stats


@dataclass
class Image:
    """What came of an image."""

    number: int
    layout: Layout
    begin: Begin | None = None
    end: End | None = None
    payload: bytes = b""
    missing: int = 0  # bytes that never came, of rows before codecs 2 and 3
    problems: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return self.end is not None and not self.problems and self.missing == 0

    @property
    def region(self) -> Region | None:
        known = self.begin or self.end
        return known.region if known else None


@dataclass
class _Open:
    """An image whose packets still come."""

    number: int  # the low byte alone where BEGIN was lost
    layout: Layout
    begin: Begin | None = None
    chunks: dict[int, bytes] = field(default_factory=dict)
    last: int | None = None
    rows: dict[int, bytes] = field(default_factory=dict)
    fragments: dict[int, dict[int, tuple[Flag, bytes]]] = field(default_factory=dict)
    slices: int = 0


class Receiver:
    """Takes a board's bytes in any split."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._descriptors: dict[int, Descriptor] = {}
        self._open: _Open | None = None
        self._reference: tuple[int, Layout, Region | None, dict[int, bytes]] | None = None
        self._closed: list[int] = []
        self._parts: list[texts.Part] = []
        self._next: int | None = None
        self.images: list[Image] = []
        self.texts: list[texts.Part] = []
        self.hellos: list[Hello] = []
        self.logs: list[str] = []
        self.stats: list[Stats] = []
        self.responses: list[Response] = []
        self.pings: list[bytes] = []
        self.pongs: list[bytes] = []
        self.console = bytearray()
        self.drops: Counter[str] = Counter()
        self.kinds: Counter[int] = Counter()
        self.formats: Counter[tuple[int, int]] = Counter()
        self.inter = self.fragmented = self.lost_packets = 0
        self.last_sequence: int | None = None

    def feed(self, data: bytes) -> None:
        for piece in self._splitter.feed(data):
            if isinstance(piece, bytes):
                self.console += piece
            elif piece.version != VERSION:
                self.drops["unsupported version"] += 1
            else:
                self._count(piece)
                try:
                    self._take(piece)
                except BodyError:
                    self.drops["malformed"] += 1

    def _count(self, packet: Packet) -> None:
        self.kinds[packet.kind] += 1
        if self._next is not None:
            self.lost_packets += (packet.sequence - self._next) % 256
        self._next = (packet.sequence + 1) % 256
        self.last_sequence = packet.sequence

    def _take(self, packet: Packet) -> None:
        body = packet.body
        match packet.kind:
            case Kind.DESCRIPTOR:
                descriptor = Descriptor.decoded(body)
                if not SMALLEST_MTU <= descriptor.mtu <= LARGEST_MTU:
                    raise BodyError(f"an MTU of {descriptor.mtu}")
                self._descriptors[packet.descriptor] = descriptor
            case Kind.BEGIN:
                self._begin(Begin.decoded(body))
            case Kind.SLICE:
                self._slice(packet)
            case Kind.END:
                self._end(End.decoded(body))
            case Kind.LOG:
                self.logs.append(body.decode(errors="replace"))
            case Kind.STATS:
                self.stats.append(Stats.decoded(body))
            case Kind.HELLO:
                self._hello(Hello.decoded(body))
            case Kind.PING:
                self.pings.append(body[:4])
            case Kind.PONG:
                self.pongs.append(body[:4])
            case Kind.TEXT:
                self._text(body)
            case Kind.RESPONSE:
                self.responses.append(Response.decoded(body))
            case _:
                self.drops["unknown type"] += 1

    def _hello(self, hello: Hello) -> None:
        self.hellos.append(hello)
        if hello.just_started:
            self._close(None)
            self._closed.clear()
            self._reference = None

    # Images

    def _begin(self, begin: Begin) -> None:
        if not begin.layout.is_sound:
            raise BodyError(f"a layout {begin.layout}")
        opened = self._open
        if opened and opened.begin is None and opened.number == begin.number & 0xFF:
            opened.begin = begin
            opened.number = begin.number
            return
        if opened and opened.number == begin.number:
            self.drops["duplicate"] += 1
            return
        if begin.number in self._closed:
            self.drops["late"] += 1
            return
        self._close(None)
        self._open = _Open(begin.number, begin.layout, begin)

    def _slice(self, packet: Packet) -> None:
        opened = self._open
        if opened is None or opened.number & 0xFF != packet.image:
            if any(number & 0xFF == packet.image for number in self._closed[-4:]):
                self.drops["late"] += 1
                return
            descriptor = self._descriptors.get(packet.descriptor)
            if descriptor is None:
                self.drops["no descriptor"] += 1
                return
            self._close(None)
            opened = self._open = _Open(packet.image, descriptor.layout)
        if opened.layout.is_coded:
            self._piece(opened, packet)
        else:
            self._chunk(opened, packet)

    def _chunk(self, opened: _Open, packet: Packet) -> None:
        if packet.position in opened.chunks:
            self.drops["duplicate"] += 1
            return
        if packet.flags & (Flag.INTER | Flag.FRAGMENT | Flag.MORE) or not packet.body:
            raise BodyError("a chunk with bits of coded slices")
        opened.chunks[packet.position] = packet.body
        opened.slices += 1
        if packet.flags & Flag.LAST:
            opened.last = packet.position

    def _piece(self, opened: _Open, packet: Packet) -> None:
        opened.slices += 1
        if not packet.flags & Flag.FRAGMENT:
            self._rows(opened, packet.position, packet.flags, packet.body)
            return
        if not packet.body:
            raise BodyError("a fragment without a number")
        pieces = opened.fragments.setdefault(packet.position, {})
        pieces[packet.body[0]] = packet.flags, packet.body[1:]
        last = [number for number, (flags, _) in pieces.items() if not flags & Flag.MORE]
        if not last or len(pieces) != last[0] + 1:
            return
        del opened.fragments[packet.position]
        flags, tail = pieces[last[0]]
        head = tail[: 2 if flags & Flag.INTER else 1]
        code = b"".join(pieces[number][1] for number in range(last[0])) + tail[len(head) :]
        self.fragmented += 1
        self._rows(opened, packet.position, flags, head + code)

    def _rows(self, opened: _Open, first: int, flags: Flag, body: bytes) -> None:
        layout = opened.layout
        inter = bool(flags & Flag.INTER)
        if len(body) < (2 if inter else 1):
            raise BodyError("a slice without its fields")
        count = body[0]
        if count == 0 or first + count > layout.height:
            raise BodyError(f"a slice of {count} rows from {first} on")
        if any(y in opened.rows for y in range(first, first + count)):
            self.drops["duplicate"] += 1
            return
        self.inter += inter
        before = self._referred(opened, body[1], first, count) if inter else None
        if inter and before is None:
            self.drops["no reference"] += 1
            return
        try:
            rows = self._decoded(layout, body[2 if inter else 1 :], count, before)
        except CodeError:
            self.drops["bad slice"] += 1
            return
        opened.rows |= dict(enumerate(rows, first))

    def _decoded(
        self, layout: Layout, code: bytes, count: int, before: list[bytes] | None
    ) -> list[bytes]:
        if before is not None and not code:
            return before
        width = layout.width
        if layout.codec == Codec.LOSSLESS:
            if before is not None:
                raise CodeError("lossless gray told by another image")
            return lossless.decoded(code, count, width)
        reference = [bilevel.unpacked(row, width) for row in before] if before else None
        return [packed(list(row), 1) for row in bilevel.decoded(code, count, width, reference)]

    def _referred(self, opened: _Open, number: int, first: int, count: int) -> list[bytes] | None:
        if self._reference is None:
            return None
        known, layout, region, rows = self._reference
        here = opened.begin.region if opened.begin else None
        if known & 0xFF != number or (layout, region) != (opened.layout, here):
            return None
        found = [rows[y] for y in range(first, first + count) if y in rows]
        return found if len(found) == count else None

    def _end(self, end: End) -> None:
        opened = self._open
        if opened is None or opened.number & 0xFF != end.number & 0xFF:
            if end.number in self._closed:
                self.drops["late"] += 1
                return
            opened = self._open = _Open(end.number, end.layout)
        opened.number = end.number
        self._close(end)

    def _close(self, end: End | None) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        self._closed = [*self._closed[-3:], opened.number]
        if end and end.layout != opened.layout:
            self.drops["stale descriptor"] += 1
            return
        if end and end.aborted:
            self._reference = None
            self.drops["aborted"] += 1
            return
        image = Image(opened.number, opened.layout, opened.begin, end)
        self._fill(opened, image)
        if end is None:
            image.problems.append("END never came")
        elif not image.missing:
            if zlib.crc32(image.payload) != end.crc:
                image.problems.append("the checksum is wrong")
            if len(image.payload) != end.payload:
                image.problems.append(f"{len(image.payload)} bytes, {end.payload} told")
            if opened.slices != end.slices:
                image.problems.append(f"{opened.slices} slices, {end.slices} told")
        self.formats[(opened.layout.format, opened.layout.codec)] += image.is_intact
        self._reference = opened.number, opened.layout, image.region, opened.rows
        self.images.append(image)

    def _fill(self, opened: _Open, image: Image) -> None:
        layout = opened.layout
        if layout.is_coded:
            blank = bytes([0 if layout.codec == Codec.BILEVEL else 128]) * layout.row_bytes
            rows = [opened.rows.get(y, blank) for y in range(layout.height)]
            image.payload = b"".join(rows)
            image.missing = (layout.height - len(opened.rows)) * layout.row_bytes
            return
        if layout.codec == Codec.JPEG:
            count = len(opened.chunks)
            complete = opened.last == count - 1 and set(opened.chunks) == set(range(count))
            image.payload = b"".join(opened.chunks[i] for i in sorted(opened.chunks))
            image.missing = 0 if complete else 1
            return
        payload = bytearray([128]) * layout.size
        known = bytearray(layout.size)
        full = [len(body) for place, body in opened.chunks.items() if place != opened.last]
        size = opened.begin.chunk if opened.begin else max(full, default=0)
        for place, body in opened.chunks.items():
            start = layout.size - len(body) if place == opened.last else place * size
            if start < 0 or start + len(body) > layout.size:
                self.drops["malformed"] += 1
                continue
            payload[start : start + len(body)] = body
            known[start : start + len(body)] = bytes([1]) * len(body)
        image.payload = bytes(payload)
        image.missing = known.count(0)

    # Text

    def _text(self, body: bytes) -> None:
        part = texts.decoded(body)
        if part.part != len(self._parts):
            self.drops["incomplete text"] += 1
            self._parts = []
            return
        self._parts.append(part)
        if part.is_last:
            text = texts.joined(self._parts)
            self._parts = []
            if len(text.lines) != text.line_count:
                self.drops["incomplete text"] += 1
                return
            self.texts.append(text)

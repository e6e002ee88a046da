"""A board's side: images as packets, and what the host says. PROTOCOL.md, "The sender"."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from link.peer import bilevel, lossless, texts
from link.peer.flow import Flow
from link.peer.framing import DEFAULT_MTU, OVERHEAD, Flag, Kind, Packet, Splitter
from link.peer.layouts import Codec, Layout, Region
from link.peer.messages import (
    Begin,
    BodyError,
    Command,
    Credit,
    Descriptor,
    End,
    Hello,
    Life,
    Request,
    Response,
    Stats,
    Status,
)

SLICE_ROWS = 16
REFRESH = 8
FRAGMENTS = 256


@dataclass(frozen=True)
class Wish:
    """What the host asked for last."""

    format: tuple[int, int] | None = None
    region: tuple[int, int, int, int] | None = None
    rate: int = 0
    delivery: int = 0
    exposure: tuple[int, int] | None = None


@dataclass(frozen=True)
class Capture:
    """An image to send: its rows, or the file."""

    layout: Layout
    payload: bytes
    time: int = 0
    region: Region | None = None


class Sender:
    """Makes the bytes of a board. `write` takes each packet's; `clock` tells seconds."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        clock: Callable[[], float],
        mtu: int = DEFAULT_MTU,
        capabilities: int = Hello.KEEPS_TO_CREDIT | Hello.ANSWERS_COMMANDS,
    ) -> None:
        self._write = write
        self._clock = clock
        self._splitter = Splitter()
        self._capabilities = capabilities
        self._sequence = 0
        self._number = 0
        self._descriptor = 7
        self._described: tuple[Layout, int] | None = None
        self._after_zero = False
        self._reference: tuple[int, Capture] | None = None
        self._since_whole: dict[int, int] = {}
        self._answered: dict[int, bytes] = {}
        self.mtu = mtu
        self.changes = False  # bilevel by what differs from the last image
        self.flow = Flow(clock)
        self.wish = Wish()
        self.heard: dict[int, int] = {}  # packets of the host, by type
        self.responses: list[Response] = []
        self.pongs: list[bytes] = []
        self.sent = self.sent_bytes = self.dropped = 0
        self.lose: Callable[[Packet], bool] = lambda packet: False

    # Packets

    def send(self, kind: Kind, body: bytes = b"", **header: int) -> None:
        flags = Flag(header.pop("flags", 0))
        packet = Packet(kind, self._sequence & 0xFF, body, flags=flags, **header)
        if len(body) + OVERHEAD > self.mtu:
            raise ValueError(f"a body of {len(body)} bytes")
        self._sequence += 1
        data = packet.framed(self._after_zero and kind == Kind.SLICE)
        self.flow.sent(packet.sequence, len(data))
        self.sent_bytes += len(data)
        if self.lose(packet):
            return
        self._after_zero = True
        self._write(data)

    def print(self, text: str) -> None:
        """Console text between packets."""
        self._after_zero = False
        self._write(text.encode() + b"\r\n")

    def hello(self, just_started: bool = True) -> None:
        hello = Hello(just_started, self.mtu, self._capabilities, "peer 1.0")
        self.send(Kind.HELLO, hello.encoded())

    def log(self, text: str) -> None:
        self.send(Kind.LOG, text.encode())

    def stats(self, life: Life | None = None) -> None:
        uptime = int(1000 * self._clock()) & 0xFFFFFFFF
        stats = Stats(uptime, self.sent, self.dropped, 0, 0, self.sent_bytes, life)
        self.send(Kind.STATS, stats.encoded())

    def ping(self, token: bytes) -> None:
        self.send(Kind.PING, token)

    # Images

    def image(self, capture: Capture) -> Iterator[None]:
        """Sends an image, a step a packet: the caller waits for room before each."""
        layout, number = capture.layout, self._number
        self._number += 1
        yield
        self._describe(layout)
        chunk = 0 if layout.is_coded else self.mtu - OVERHEAD
        begin = Begin(number, layout, chunk, capture.time, dropped=self.dropped)
        begin = replace(begin, payload=len(capture.payload), region=capture.region)
        yield
        self._belonging(Kind.BEGIN, number, begin.encoded())
        count = 0
        pieces = self._coded(capture) if layout.is_coded else self._chunks(capture)
        for position, flags, body in pieces:
            yield
            self._belonging(Kind.SLICE, number, body, position=position, flags=flags)
            count += 1
        end = End(number, layout, False, count, len(capture.payload), 0, capture.region)
        end = replace(end, crc=zlib.crc32(capture.payload))
        yield
        self._belonging(Kind.END, number, end.encoded())
        self._reference = number, capture
        self.sent += 1

    def drop(self) -> None:
        """An image that isn't sent at all."""
        self._number += 1
        self.dropped += 1

    def abort(self, capture: Capture) -> None:
        """An image that is given up behind its first slice."""
        steps = self.image(capture)
        for _ in range(4):
            next(steps)
        number = self._number - 1
        end = End(number, capture.layout, True, 1, len(capture.payload), 0, capture.region)
        self._belonging(Kind.END, number, end.encoded())
        self._reference = None

    def text(self, text: texts.Part) -> int:
        """Sends what was read in an image that isn't sent: its number."""
        number = self._number
        self._number += 1
        for part in texts.parts(replace(text, image=number), self.mtu - OVERHEAD):
            self.send(Kind.TEXT, part.encoded())
        return number

    def _belonging(self, kind: Kind, number: int, body: bytes, **header: int) -> None:
        self.send(kind, body, image=number & 0xFF, descriptor=self._descriptor, **header)

    def _describe(self, layout: Layout) -> None:
        if self._described != (layout, self.mtu):
            self._descriptor = (self._descriptor + 1) % 8
            self._described = layout, self.mtu
        rows = SLICE_ROWS if layout.is_coded else 0
        descriptor = Descriptor(layout, self.mtu, rows, "peer", "drawn")
        self.send(Kind.DESCRIPTOR, descriptor.encoded(), descriptor=self._descriptor)

    def _chunks(self, capture: Capture) -> Iterator[tuple[int, int, bytes]]:
        size = self.mtu - OVERHEAD
        payload = capture.payload
        for position, start in enumerate(range(0, len(payload), size)):
            end = start + size
            yield position, Flag.LAST if end >= len(payload) else 0, payload[start:end]

    def _coded(self, capture: Capture) -> Iterator[tuple[int, int, bytes]]:
        """Slices of rows, in fragments where a packet is too short."""
        layout = capture.layout
        for first in range(0, layout.height, SLICE_ROWS):
            count = min(SLICE_ROWS, layout.height - first)
            flags, fields, code = self._slice(capture, first, count)
            if first + count == layout.height:
                flags |= Flag.LAST
            room = self.mtu - OVERHEAD
            if len(fields + code) <= room:
                yield first, flags, fields + code
                continue
            number = 0
            while len(code) > room - 1 - len(fields):
                piece, code = code[: room - 1], code[room - 1 :]
                more = (flags & Flag.INTER) | Flag.FRAGMENT | Flag.MORE
                yield first, more, bytes([number]) + piece
                number += 1
            if number >= FRAGMENTS:
                raise ValueError("more fragments than a slice may have")
            yield first, flags | Flag.FRAGMENT, bytes([number]) + fields + code

    def _slice(self, capture: Capture, first: int, count: int) -> tuple[int, bytes, bytes]:
        """The flags, the fields before the code, and the code."""
        layout, size = capture.layout, capture.layout.row_bytes
        rows = _rows(capture.payload, first, count, size)
        is_lossless = layout.codec == Codec.LOSSLESS
        points = [] if is_lossless else [bilevel.unpacked(row, layout.width) for row in rows]
        age = self._since_whole.get(first, REFRESH)
        if self.changes and age + 1 < REFRESH and self._refers_to(capture):
            assert self._reference
            number, last = self._reference
            before = _rows(last.payload, first, count, size)
            fields = bytes([count, number & 0xFF])
            # Lossless gray can only say that nothing has changed.
            if before == rows or not is_lossless:
                self._since_whole[first] = age + 1
            if before == rows:
                return Flag.INTER, fields, b""
            if not is_lossless:
                against = [bilevel.unpacked(row, layout.width) for row in before]
                return Flag.INTER, fields, bilevel.encoded(points, layout.width, against)
        self._since_whole[first] = 0
        code = lossless.encoded(rows) if is_lossless else bilevel.encoded(points, layout.width)
        return 0, bytes([count]), code

    def _refers_to(self, capture: Capture) -> bool:
        if self._reference is None:
            return False
        last = self._reference[1]
        return (last.layout, last.region) == (capture.layout, capture.region)

    # The host

    def hear(self, data: bytes) -> None:
        """Takes what the host sends, and answers."""
        for packet in self._splitter.feed(data):
            if isinstance(packet, bytes) or packet.version != 1:
                continue
            self.heard[packet.kind] = self.heard.get(packet.kind, 0) + 1
            match packet.kind:
                case Kind.HELLO:
                    self.hello(just_started=False)
                case Kind.PING:
                    self.send(Kind.PONG, packet.body[:4])
                case Kind.PONG:
                    self.pongs.append(packet.body)
                case Kind.CREDIT:
                    self.flow.credit(Credit.decoded(packet.body))
                case Kind.COMMAND:
                    self._obey(Request.decoded(packet.body))

    def _obey(self, request: Request) -> None:
        # The same token again: the answer was lost, and what was asked for is done.
        if request.token not in self._answered:
            response = Response(request.token, request.command, self._status(request))
            self.responses.append(response)
            self._answered[request.token] = response.encoded()
        self.send(Kind.RESPONSE, self._answered[request.token])

    def _status(self, request: Request) -> Status:
        try:
            match request.command:
                case Command.FORMAT:
                    format, codec = request.numbers("<BB")
                    if not Layout(8, 8, format, codec).is_sound or codec == Codec.JPEG:
                        return Status.NOT_THIS_VALUE
                    self.wish = replace(self.wish, format=(format, codec))
                case Command.REGION:
                    x, y, width, height = request.numbers("<4H")
                    whole = (x, y, width, height) == (0, 0, 0, 0)
                    if not whole and (width == 0 or height == 0):
                        return Status.NOT_THIS_VALUE
                    region = None if whole else (x, y, width, height)
                    self.wish = replace(self.wish, region=region)
                case Command.RATE:
                    self.wish = replace(self.wish, rate=request.numbers("<I")[0])
                case Command.MTU:
                    (mtu,) = request.numbers("<H")
                    if not 96 <= mtu <= 1024:
                        return Status.NOT_THIS_VALUE
                    self.mtu = mtu
                case Command.REFRESH:
                    self._reference = None
                case Command.DELIVERY:
                    (delivery,) = request.numbers("<B")
                    if delivery & 3 == 0:
                        return Status.NOT_THIS_VALUE
                    self.wish = replace(self.wish, delivery=delivery & 3)
                case Command.EXPOSURE:
                    way, more = request.numbers("<Bb")
                    if way > 2:
                        return Status.NOT_THIS_VALUE
                    self.wish = replace(self.wish, exposure=(way, more))
                case _:
                    return Status.NO_SUCH_COMMAND
        except BodyError:
            return Status.TOO_SHORT
        return Status.DONE


def _rows(payload: bytes, first: int, count: int, size: int) -> list[bytes]:
    return [payload[y * size : (y + 1) * size] for y in range(first, first + count)]

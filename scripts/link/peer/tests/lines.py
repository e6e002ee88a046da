"""A peer's board and host at ports, step by step."""

import time
from collections.abc import Iterator

from link.peer.host import Host
from link.peer.layouts import Codec, Format, Layout, pixels
from link.peer.pictures import JPEG, drawn
from link.peer.ports import Port, until
from link.peer.sender import Capture, Sender

WIDTH, HEIGHT = 70, 50

# Every format, the rows of those that are packed or padded with spare bits at their end.
FORMATS = [
    *((format, Codec.ROWS) for format in list(Format)[1:]),
    (Format.NONE, Codec.JPEG),
    (Format.GRAY8, Codec.LOSSLESS),
    (Format.BILEVEL, Codec.BILEVEL),
]


def capture(format: int, codec: int, seed: int = 1, width: int = 61) -> Capture:
    layout = Layout(width, HEIGHT, format, codec)
    if codec == Codec.JPEG:
        return Capture(layout, JPEG, time=1000 * seed)
    return Capture(layout, pixels(drawn(width, HEIGHT, seed), layout), time=1000 * seed)


def spared(format: int) -> Capture:
    """An image of which all that is spare at the rows' ends is set."""
    whole = capture(format, Codec.ROWS)
    size = whole.layout.row_bytes
    masks = {int(Format.BILEVEL): [7], int(Format.GRAY4): [15], int(Format.YUYV): [255, 255]}
    payload = bytearray(whole.payload)
    mask = masks[format]
    for end in range(size, len(payload) + 1, size):
        for i, bits in enumerate(mask):
            payload[end - len(mask) + i] |= bits
    return Capture(whole.layout, bytes(payload))


class Board:
    """A sender at a port."""

    def __init__(self, port: Port, **options: int) -> None:
        self.port = port
        self.sender = Sender(port.write, time.monotonic, **options)

    def step(self) -> None:
        self.sender.hear(self.port.read(0.02))

    def send(self, capture: Capture) -> None:
        """An image, each packet once it may go out."""
        self.run(self.sender.image(capture))

    def run(self, steps: Iterator[None]) -> None:
        for _ in steps:
            self.step_until_room()

    def step_until_room(self) -> None:
        sender = self.sender
        room = sender.mtu + 6
        until(lambda: self.port.is_idle and sender.flow.has_room(room), "room", self.step)


class Reader:
    """A host at a port."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.host = Host(port.write, time.monotonic)
        self.host.hello()

    def step(self) -> None:
        data = self.port.read(0.02)
        self.host.hear(data)

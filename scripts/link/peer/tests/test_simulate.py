"""The peer's host and `scribe simulate`."""

import contextlib
import struct
import tempfile
import unittest
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from link.peer.framing import Kind
from link.peer.layouts import Codec, Format, gray
from link.peer.messages import Command, Status
from link.peer.pictures import drawn
from link.peer.ports import simulated, until
from link.peer.receiver import Image
from link.peer.tests.lines import FORMATS, Reader
from measure.programs import SCRIBE

NAMES = {
    "gray8": (Format.GRAY8, Codec.ROWS),
    "rgb565le": (Format.RGB565LE, Codec.ROWS),
    "rgb565be": (Format.RGB565BE, Codec.ROWS),
    "yuyv": (Format.YUYV, Codec.ROWS),
    "gray4": (Format.GRAY4, Codec.ROWS),
    "jpeg": (Format.NONE, Codec.JPEG),
    "lossless": (Format.GRAY8, Codec.LOSSLESS),
    "bilevel": (Format.BILEVEL, Codec.BILEVEL),
}
SIZE = (61, 50)


def png(picture: bytes, width: int, height: int) -> bytes:
    """A gray PNG file."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    rows = b"".join(b"\0" + picture[y * width : (y + 1) * width] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
class Simulate(unittest.TestCase):
    def setUp(self) -> None:
        self.picture = drawn(*SIZE, seed=4)
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "picture.png"
        self.file.write_bytes(png(self.picture, *SIZE))

    @contextlib.contextmanager
    def board(self, *options: str) -> Iterator[Reader]:
        with simulated("--image", str(self.file), *options) as port:
            yield Reader(port)

    def wait(self, reader: Reader, condition: Callable[[], object], what: str) -> None:
        until(condition, what, reader.step)

    def images(self, reader: Reader, count: int) -> list[Image]:
        images = reader.host.receiver.images
        self.wait(reader, lambda: len(images) >= count, f"{count} images")
        for image in images:
            self.assertTrue(image.is_intact, image.problems)
        self.assertEqual(reader.host.receiver.drops.total(), 0, reader.host.receiver.drops)
        self.assertEqual(reader.host.receiver.lost_packets, 0)
        return images

    def test_every_format(self) -> None:
        for name, wanted in NAMES.items():
            for mtu in ("96", "1024"):
                with (
                    self.subTest(name, mtu=mtu),
                    self.board("--format", name, "--mtu", mtu) as reader,
                ):
                    image = self.images(reader, 2)[0]
                    layout = image.layout
                    self.assertEqual((layout.format, layout.codec), wanted)
                    self.assertEqual((layout.width, layout.height), SIZE)
                    if layout.codec == Codec.JPEG:
                        self.assertEqual(
                            image.payload[:2] + image.payload[-2:], b"\xff\xd8\xff\xd9"
                        )
                    elif layout.format != Format.BILEVEL:
                        most = {int(Format.GRAY4): 16}
                        most |= {int(Format.RGB565LE): 8, int(Format.RGB565BE): 8}
                        self.assert_alike(gray(image.payload, layout), most.get(layout.format, 0))

    def assert_alike(self, found: bytes, most: int) -> None:
        self.assertLessEqual(max(abs(a - b) for a, b in zip(found, self.picture)), most)

    def test_changes(self) -> None:
        with self.board("--format", "bilevel", "--changes") as reader:
            self.images(reader, 20)
            self.assertGreater(reader.host.receiver.inter, 10)

    def test_every_command(self) -> None:
        with self.board() as reader:
            host = reader.host
            for format, codec in FORMATS:
                self.assertEqual(self.answer(reader, host.ask_format(format, codec)), Status.DONE)
                self.images_in(reader, (format, codec))
            self.images(reader, 2 * len(FORMATS))
            asked = [
                (Command.MTU, struct.pack("<H", 120), Status.DONE),
                (Command.MTU, struct.pack("<H", 95), Status.NOT_THIS_VALUE),
                (Command.RATE, struct.pack("<I", 20_000), Status.DONE),
                (Command.REFRESH, b"", Status.DONE),
                (Command.FORMAT, b"\x09\x00", Status.NOT_THIS_VALUE),
                (Command.FORMAT, b"\x01", Status.TOO_SHORT),
                (Command.DELIVERY, b"\x01", Status.DONE),
                (Command.DELIVERY, b"\x02", Status.NOT_THIS_VALUE),
                (Command.DELIVERY, b"\x00", Status.NOT_THIS_VALUE),
                (Command.EXPOSURE, b"\x01\x00", Status.NOT_THIS_VALUE),
                (Command.EXPOSURE, b"\x01", Status.TOO_SHORT),
                (99, b"", Status.NO_SUCH_COMMAND),
                (Command.REGION, struct.pack("<4H", 4, 6, 24, 10), Status.DONE),
            ]
            for command, arguments, status in asked:
                self.assertEqual(self.answer(reader, host.ask(command, arguments)), status, command)
            known = len(host.receiver.images)
            image = self.images(reader, known + 3)[-1]
            assert image.region
            self.assertEqual((image.layout.width, image.layout.height), (24, 10))
            self.assertEqual((image.region.x, image.region.y), (4, 6))
            self.assertEqual((image.region.width, image.region.height), SIZE)

    def images_in(self, reader: Reader, wanted: tuple[int, int]) -> None:
        formats = reader.host.receiver.formats
        self.wait(reader, lambda: formats[wanted] >= 2, f"images in {wanted}")

    def answer(self, reader: Reader, token: int) -> int:
        responses = reader.host.responses
        self.wait(reader, lambda: token in responses, f"an answer to {token}")
        return responses[token].status

    def test_every_packet_type(self) -> None:
        with self.board("--chatter", "--reports", "--rate", "20") as reader:
            host = reader.host
            receiver = host.receiver
            host.ping(b"\0\1\2\3")
            self.wait(reader, lambda: receiver.pongs, "PONG")
            self.assertEqual(receiver.pongs, [b"\0\1\2\3"])
            # The first one may answer the host's too.
            self.wait(reader, lambda: receiver.hellos, "HELLO")
            host.hello()
            self.wait(reader, lambda: len(receiver.hellos) >= 2, "an answer to HELLO")
            self.assertTrue(receiver.hellos[0].just_started)
            self.assertFalse(receiver.hellos[-1].just_started)
            self.assertEqual(receiver.hellos[0].capabilities & 3, 3)
            told = (receiver.stats, receiver.logs, receiver.pings, receiver.console)
            self.wait(reader, lambda: all(told), "STATS, LOG, PING, console text")
            self.images(reader, 2)
            self.assertLess(receiver.stats[0].uptime, 60_000)
            self.assertIn("images", receiver.logs[0])
            self.assertEqual(self.answer(reader, host.ask(Command.REFRESH)), Status.DONE)
            # All that a board sends, but for what it reads by itself.
            self.assertEqual(set(receiver.kinds), {*range(1, 10), Kind.RESPONSE})

    def test_text(self) -> None:
        with simulated("--text", "SN 4711\\nLOT B-27", "--read", "--mtu", "96") as port:
            reader = Reader(port)
            texts = reader.host.receiver.texts
            self.wait(reader, lambda: len(texts) >= 2, "text")
            for text in texts:
                self.assertEqual([line.text for line in text.lines], ["SN 4711", "LOT B-27"])
            self.assertGreaterEqual(reader.host.receiver.kinds[Kind.TEXT], 4)
            self.assertEqual(reader.host.receiver.drops.total(), 0)

    def test_lost_bytes(self) -> None:
        with self.board("--loss", "0.0003", "--format", "gray8", "--mtu", "96") as reader:
            receiver = reader.host.receiver
            self.wait(reader, lambda: len(receiver.images) >= 30, "30 images")
            damaged = [image for image in receiver.images if not image.is_intact]
            whole = [image for image in receiver.images if image.is_intact]
            self.assertTrue(damaged and whole)
            for image in whole:
                self.assertEqual(image.payload, self.picture)


if __name__ == "__main__":
    unittest.main()

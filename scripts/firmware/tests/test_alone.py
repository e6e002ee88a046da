"""The board's program in QEMU, left alone: restarts, what it tells of them, delivery, exposure."""

import contextlib
import os
import socket
import struct
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

from link.peer.layouts import Format, gray
from link.peer.messages import Command, Life, Start, Status
from link.peer.ports import Port, simulated, until
from link.peer.receiver import Image
from link.peer.tests.lines import Reader
from measure.programs import ENVIRONMENT, ROOT, SCRIBE, output

CAMERA, TEXT, HELD = 0, 1, 2
IMAGES, READ, BOTH = 1, 2, 3


class Line(Port):
    """A port whose other end closes once the board has nothing more to send."""

    def _flush(self) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super()._flush()


class Board:
    """A board in QEMU, and a host that talks to it until it ends."""

    def __init__(self, process: subprocess.Popen[bytes], reader: Reader) -> None:
        self.process = process
        self.reader = reader
        self.host = reader.host
        self.receiver = reader.host.receiver

    def ask(self, command: Command, arguments: bytes) -> int:
        token = self.host.ask(command, arguments)
        until(lambda: token in self.host.responses, "an answer", self.reader.step)
        return self.host.responses[token].status

    def finish(self) -> None:
        until(lambda: self.process.poll() is not None, "the board's end", self.reader.step)
        while data := self.reader.port.read(0.1):
            self.host.hear(data)


@unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
class Alone(unittest.TestCase):
    folder: Path
    page: bytes

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        options = ["--text", "SN 4711", "--noise", "0", "--rotation", "0", "--size", "160x120"]
        with simulated(*options) as port:
            reader = Reader(port)
            images = reader.host.receiver.images
            until(lambda: images, "a picture", reader.step)
            cls.page = gray(images[0].payload, images[0].layout)

    def picture(self, name: str, share: float = 1) -> str:
        """The page, with so much of its light."""
        path = self.folder / f"{name}.pgm"
        path.write_bytes(b"P5 160 120 255\n" + bytes(int(share * value) for value in self.page))
        return str(path)

    def model(self) -> str:
        header = str(self.folder / "glyph.h")
        options = ["--model", "glyph", "--board", "STM32F405RG", "-o", header]
        output([SCRIBE, "export-firmware", *options], ENVIRONMENT)
        return header

    @contextlib.contextmanager
    def board(self, *arguments: str) -> Iterator[Board]:
        address = self.folder / "board"
        address.unlink(missing_ok=True)
        script = str(ROOT / "scripts/firmware/board-in-qemu")
        process = subprocess.Popen(
            [script, *arguments[:-1], f"unix:{address}", *arguments[-1].split()],
            env={**os.environ, "BUILD": str(self.folder / "build"), "LIMIT": "3600"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with socket.socket(socket.AF_UNIX) as line:
                # The path is there before anybody listens.
                until(lambda: line.connect_ex(str(address)) == 0, "the board listens")
                yield Board(process, Reader(Line(line.fileno())))
        finally:
            process.terminate()
            process.wait()

    def test_restarts_are_counted(self) -> None:
        page = self.picture("page")
        with self.board(f"{page} !stop {page} !stuck {page} !stop {page}") as board:
            board.finish()
        receiver = board.receiver
        self.assertEqual([image.is_intact for image in receiver.images], [True] * 4)
        self.assertEqual(receiver.stats[-1].life, Life(Start.WATCHDOG, 4, 2, 0, 1, 0, 2))
        self.assertEqual([hello.just_started for hello in receiver.hellos].count(True), 2)
        self.assertEqual(receiver.stats[-1].sent, 2)  # of this start alone
        self.assertTrue(any("stuck at address 0x0800" in log for log in receiver.logs))

    def test_what_a_sending_board_does(self) -> None:
        page = self.picture("half", 0.5)
        with self.board(" ".join([page] * 60)) as board:
            ask = board.ask
            self.assertEqual(ask(Command.DELIVERY, bytes([READ])), Status.NOT_THIS_VALUE)
            self.assertEqual(ask(Command.DELIVERY, bytes([BOTH])), Status.NOT_THIS_VALUE)
            self.assertEqual(ask(Command.DELIVERY, bytes([IMAGES])), Status.DONE)
            self.assertEqual(ask(Command.EXPOSURE, bytes([3, 0])), Status.NOT_THIS_VALUE)
            self.assertEqual(ask(Command.EXPOSURE, bytes([HELD, 0xF8])), Status.DONE)
            self.wait_for_light(board, 0.25)
            self.assertEqual(ask(Command.EXPOSURE, bytes([HELD, 8])), Status.DONE)
            self.wait_for_light(board, 1)
            self.assertEqual(ask(Command.EXPOSURE, bytes([CAMERA, 0])), Status.DONE)
            self.wait_for_light(board, 0.5)
            # The region is what is read of a board that sends.
            region = struct.pack("<4H", 0, 0, 160, 120)
            self.assertEqual(ask(Command.REGION, region), Status.DONE)
            self.assertEqual(ask(Command.EXPOSURE, bytes([TEXT, 0])), Status.DONE)
            board.finish()
        self.assertTrue(all(image.is_intact for image in board.receiver.images))
        self.assertGreater(lightest(board.receiver.images[-1]), 152)

    def wait_for_light(self, board: Board, share: float) -> None:
        images = board.receiver.images
        wanted = share * max(self.page)

        def has_it() -> bool:
            return bool(images) and abs(lightest(images[-1]) - wanted) < 4

        until(has_it, f"an image of {share} of the light", board.reader.step)

    def test_dark_text_is_exposed_for(self) -> None:
        header = self.model()
        dark = self.picture("dark", 0.12)
        with self.board("--model", header, " ".join([dark] * 80)) as board:
            self.assertEqual(board.ask(Command.FORMAT, bytes([5, 3])), Status.NOT_THIS_VALUE)
            self.assertEqual(board.ask(Command.DELIVERY, bytes([BOTH])), Status.DONE)
            until(lambda: board.receiver.images, "an image", board.reader.step)
            self.assertEqual(board.ask(Command.EXPOSURE, bytes([TEXT, 0])), Status.DONE)
            board.finish()
        receiver = board.receiver
        self.assertTrue(all(image.is_intact for image in receiver.images))
        self.assertLess(lightest(receiver.images[0]), 40)
        self.assertGreater(lightest(receiver.images[-1]), 152)
        # The text comes after its image, under the same number.
        text = receiver.texts[-1]
        self.assertEqual(text.image, receiver.images[-1].number)
        self.assertEqual([line.text for line in text.lines], ["SN 4711"])

    def test_boxes_of_a_region_are_of_the_picture(self) -> None:
        header = self.model()
        page = self.picture("page")
        with self.board("--model", header, " ".join([page] * 60)) as board:
            region = struct.pack("<4H", 8, 6, 144, 108)
            self.assertEqual(board.ask(Command.REGION, region), Status.DONE)
            board.finish()
        first, last = board.receiver.texts[0], board.receiver.texts[-1]
        self.assertEqual((last.width, last.height), (160, 120))
        self.assertEqual([line.text for line in last.lines], ["SN 4711"])
        whole, part = first.lines[0].box, last.lines[0].box
        self.assertLessEqual(abs(whole.x - part.x) + abs(whole.y - part.y), 3)


def lightest(image: Image) -> int:
    """The gray that a tenth of the image is lighter than."""
    assert image.layout.format == Format.GRAY8
    return sorted(image.payload)[-1 - len(image.payload) // 10]


if __name__ == "__main__":
    unittest.main()

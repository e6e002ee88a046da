"""The peer's board and `scribe live`, `record` and `inspect`."""

import contextlib
import json
import tempfile
import unittest
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from link.peer.framing import Kind
from link.peer.layouts import Codec, Format, Layout, Region, gray, pixels
from link.peer.messages import Life, Start, Status
from link.peer.ports import simulated, started, terminal, until
from link.peer.sender import Capture, Wish
from link.peer.tests.lines import FORMATS, Board, Reader, capture, spared
from link.peer.tests.test_peers import long_text
from measure.programs import SCRIBE, output


def page() -> tuple[bytes, Layout]:
    """A picture of a text, of the simulated camera."""
    with simulated("--text", "SN 4711", "--noise", "0", "--rotation", "0") as port:
        reader = Reader(port)
        images = reader.host.receiver.images
        until(lambda: images, "a picture", reader.step)
        return gray(images[0].payload, images[0].layout), images[0].layout


@unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
class Live(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.told = self.folder / "told"
        self.errors = self.folder / "errors"

    @contextlib.contextmanager
    def board(self, *arguments: str | Path, **options: int) -> Iterator[Board]:
        """A board that a program reads."""
        with (
            terminal() as (port, path),
            self.told.open("wb") as told,
            self.errors.open("wb") as errors,
            started(*arguments, "--port", path, output=told, errors=errors),
        ):
            board = Board(port, **options)
            until(lambda: board.sender.heard.get(Kind.HELLO), "the program greets", board.step)
            board.sender.hello()
            yield board

    def lines(self) -> list[dict[str, Any]]:
        text = self.told.read_text(errors="replace")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def wait(self, board: Board, count: int) -> list[dict[str, Any]]:
        until(lambda: len(self.lines()) >= count, f"{count} lines", board.step)
        return self.lines()

    def inspected(self, file: Path) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(output([SCRIBE, "inspect", "--json", file]))
        return told

    def recorded(self, captures: list[Capture], mtu: int, changes: bool = False) -> dict[str, Any]:
        file = self.folder / "session.pcapng"
        with self.board("record", file, "--overwrite", mtu=mtu) as board:
            board.sender.changes = changes
            for each in captures:
                board.send(each)
            board.sender.ping(b"last")
            until(lambda: board.sender.pongs, "PONG", board.step)
            until(lambda: b"last" in file.read_bytes(), "all is recorded", board.step)
        return self.inspected(file)

    def test_every_format_is_intact(self) -> None:
        for mtu in (96, 252, 1024):
            captures = [
                capture(format, codec, seed, width)
                for format, codec in FORMATS
                for seed, width in ((1, 61), (2, 64))
            ]
            told = self.recorded(captures, mtu)
            self.assertEqual(told["images"]["intact"], len(captures), told)
            self.assertEqual(told["images"]["damaged"], 0, told)

    def test_changes_are_intact(self) -> None:
        captures = [capture(Format.BILEVEL, Codec.BILEVEL, seed // 3) for seed in range(20)]
        told = self.recorded(captures, 96, changes=True)
        self.assertEqual((told["images"]["intact"], told["images"]["damaged"]), (20, 0), told)

    def test_spare_bits_and_slices_that_stay(self) -> None:
        captures = [spared(format) for format in (Format.BILEVEL, Format.GRAY4, Format.YUYV)]
        still = capture(Format.GRAY8, Codec.LOSSLESS)
        told = self.recorded([*captures, still, still, still], 96, changes=True)
        self.assertEqual((told["images"]["intact"], told["images"]["damaged"]), (6, 0), told)

    def test_text_is_read_in_every_format(self) -> None:
        picture, layout = page()
        formats = [f for f in FORMATS if f[1] != Codec.JPEG]
        with self.board("live", "--json") as board:
            for count, (format, codec) in enumerate(formats, 1):
                wanted = replace(layout, format=format, codec=codec)
                board.send(Capture(wanted, pixels(picture, wanted)))
                self.assertEqual(self.wait(board, count)[-1]["text"], "SN 4711", wanted)

    def test_text_of_the_board(self) -> None:
        with self.board("live", "--json", mtu=96) as board:
            board.sender.text(long_text())
            (told,) = self.wait(board, 1)
        text = long_text()
        self.assertEqual([line["text"] for line in told["lines"]], [x.text for x in text.lines])
        self.assertEqual(told["reader"], "board")
        self.assertEqual([line.get("pattern") for line in told["lines"]], [None, True, False])
        for line, sent in zip(told["lines"], text.lines):
            boxes = [vars(character.box) for character in sent.characters]
            found = [character["box"] for character in line["characters"]]
            self.assertEqual(found, [box for box in boxes], line["text"])

    def test_commands(self) -> None:
        asking = ["--format", "bilevel", "--region", "4,6,24x10", "--rate", "3"]
        asking += ["--deliver", "both", "--exposure", "-1.25"]
        with self.board("live", "--json", *asking) as board:
            wanted = Wish((Format.BILEVEL, Codec.BILEVEL), (4, 6, 24, 10), 3000, 3, (2, -10))
            until(lambda: board.sender.wish == wanted, "all commands", board.step)
            part = Layout(24, 10, Format.BILEVEL, Codec.BILEVEL)
            board.send(Capture(part, bytes(30), region=Region(4, 6, 61, 50)))
            (told,) = self.wait(board, 1)
        self.assertEqual((told["width"], told["height"]), (24, 10))
        self.assertTrue(all(r.status == Status.DONE for r in board.sender.responses))

    def test_commands_without_an_answer_are_repeated(self) -> None:
        with self.board("live", "--json", "--rate", "3") as board:
            board.sender.lose = lambda packet: packet.kind == Kind.RESPONSE
            until(lambda: board.sender.heard.get(Kind.COMMAND, 0) >= 3, "repeats", board.step)
            # A board that says that it just started is asked anew, with another token.
            asked, done = board.sender.heard[Kind.COMMAND], len(board.sender.responses)
            self.assertLess(done, asked)

    def test_every_packet_type(self) -> None:
        with self.board("live", "--json", "--rate", "30") as board:
            sender = board.sender
            sender.log("a word of the board")
            sender.stats()
            sender.stats(Life(Start.WATCHDOG, 70_000, 3, 1, 1, 0, 2))
            sender.print("printed")
            sender.ping(b"\0\1\2\3")
            until(lambda: sender.pongs, "PONG", board.step)
            board.send(capture(Format.GRAY8, Codec.ROWS))
            self.wait(board, 1)
            until(lambda: sender.heard.get(Kind.CREDIT), "CREDIT", board.step)
            # All that a host sends.
            wanted = {Kind.HELLO, Kind.PING, Kind.PONG, Kind.CREDIT, Kind.COMMAND}
            until(lambda: wanted == set(sender.heard), "every type", board.step)
        self.assertEqual(sender.pongs[0], b"\0\1\2\3")
        self.assertLessEqual(sender.flow.most, 16384)
        told = self.errors.read_text()
        self.assertIn("a word of the board", told)
        self.assertIn("printed", told)
        self.assertIn("peer, drawn: 61x50 gray8", told)

    def test_lost_packets_are_told(self) -> None:
        with self.board("live", "--json", mtu=96) as board:
            sender = board.sender
            lost: list[int] = []

            def lose(packet: Any) -> bool:
                if packet.kind == Kind.SLICE and packet.position == 2 and not lost:
                    lost.append(packet.sequence)
                    return True
                return False

            sender.lose = lose
            board.send(capture(Format.GRAY8, Codec.ROWS))
            # The newest image is read: one that comes too soon takes its place.
            self.wait(board, 1)
            board.send(capture(Format.GRAY8, Codec.ROWS))
            first, second = self.wait(board, 2)
        # Chunk 2 of 86 bytes: rows 2 to 4 of 61 pixels.
        self.assertEqual(first["missingRows"], [{"first": 2, "count": 3}], first)
        self.assertNotIn("missingRows", second)


if __name__ == "__main__":
    unittest.main()

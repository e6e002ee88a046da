"""The sketch for the ESP32-CAM on this machine, against stand-ins for core and camera."""

import os
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from link.peer.host import Host
from link.peer.layouts import Codec, Format
from link.peer.messages import Command, Start, Status
from link.peer.pictures import JPEG
from link.peer.receiver import Receiver
from measure.programs import ROOT


class Sketch(unittest.TestCase):
    def test_it_does_what_the_host_asks_for(self) -> None:
        said = bytearray()
        host = Host(said.extend, lambda: 0.0)
        host.hello()
        asked = [
            (Command.FORMAT, bytes([Format.BILEVEL, Codec.BILEVEL]), Status.NOT_THIS_VALUE),
            (Command.REGION, struct.pack("<4H", 10, 50, 100, 60), Status.NOT_THIS_VALUE),
            (Command.FORMAT, bytes([Format.GRAY8, Codec.LOSSLESS]), Status.DONE),
            (Command.EXPOSURE, bytes([1, 0]), Status.NOT_THIS_VALUE),
        ]
        tokens = [host.ask(command, arguments) for command, arguments, _ in asked]
        receiver = self.run_sketch(bytes(said), 7)
        found = {response.token: response.status for response in receiver.responses}
        self.assertEqual([found[token] for token in tokens], [status for _, _, status in asked])
        self.assertTrue(all(image.is_intact for image in receiver.images))
        # One frame in five doesn't come.
        self.assertEqual([image.number for image in receiver.images], [0, 1, 2, 3, 5, 6])
        layout = receiver.images[-1].layout
        self.assertEqual((layout.width, layout.height), (320, 240))
        self.assertEqual((layout.format, layout.codec), (Format.GRAY8, Codec.LOSSLESS))
        self.assertEqual(receiver.images[-1].payload[:1], bytes([20]))
        self.assertEqual(receiver.hellos[0].capabilities & 3, 3)
        self.assertTrue(receiver.hellos[0].just_started)

    def test_a_part_of_it_and_an_exposure(self) -> None:
        said = bytearray()
        host = Host(said.extend, lambda: 0.0)
        tokens = [
            host.ask(Command.FORMAT, bytes([Format.GRAY8, Codec.ROWS])),
            host.ask(Command.REGION, struct.pack("<4H", 10, 50, 100, 60)),
            host.ask(Command.EXPOSURE, bytes([2, 8])),
            host.ask(Command.RATE, struct.pack("<I", 100_000)),
        ]
        receiver = self.run_sketch(bytes(said), 9000)
        done = {response.token for response in receiver.responses if response.status == Status.DONE}
        self.assertEqual(done, set(tokens))
        image = receiver.images[-1]
        assert image.region
        self.assertEqual((image.region.x, image.region.y, image.region.width), (10, 50, 320))
        # Rows 61 to 179 of the picture are light.
        self.assertEqual(image.payload, bytes([20] * 1100 + [200] * 4900))
        life = receiver.stats[-1].life
        assert life
        self.assertEqual((life.start, life.starts), (Start.POWER, 1))
        self.assertGreater(life.images, 100)

    def test_jpeg_by_itself(self) -> None:
        receiver = self.run_sketch(b"", 3)
        self.assertEqual([image.payload for image in receiver.images], [JPEG] * 3)

    def run_sketch(self, said: bytes, turns: int) -> Receiver:
        """The packets that a host receives of so many turns of the sketch's loop."""
        with tempfile.TemporaryDirectory() as folder:
            image, heard = Path(folder) / "image.jpg", Path(folder) / "heard"
            image.write_bytes(JPEG)
            heard.write_bytes(said)
            names = {"SKETCH_IMAGE": str(image), "SKETCH_INPUT": str(heard)}
            script = str(ROOT / "scripts/firmware/sketch")
            result = subprocess.run(
                [script, "ESP32CAM", str(turns)],
                env={**os.environ, **names},
                capture_output=True,
                check=True,
            )
        receiver = Receiver()
        receiver.feed(result.stdout)
        return receiver


if __name__ == "__main__":
    unittest.main()

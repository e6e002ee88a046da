"""What PROTOCOL.md gives as bytes: vectors and worked examples."""

import unittest

from link.peer import bilevel, document, lossless
from link.peer.framing import Flag, Kind, Packet, Splitter, parsed, stuffed, unstuffed
from link.peer.layouts import Codec, Format, Layout
from link.peer.messages import (
    Begin,
    Command,
    Credit,
    Descriptor,
    End,
    Hello,
    Request,
    Response,
    Status,
)
from link.peer.receiver import Receiver

LAYOUT = Layout(3, 2, Format.GRAY8, Codec.ROWS)
ROWS = bytes.fromhex("000102fdfeff")


class Document(unittest.TestCase):
    def test_vectors_of_coded_rows(self) -> None:
        lines = document.blocks("codes")[0].splitlines()
        self.assertGreaterEqual(len(lines), 6)
        for line in lines:
            codec, across, pixels, told = line.split()
            width, data, slice_ = int(across), bytes.fromhex(pixels), bytes.fromhex(told)
            count, code = slice_[0], slice_[1:]
            size = len(data) // count
            rows = [data[i * size : (i + 1) * size] for i in range(count)]
            if int(codec) == Codec.BILEVEL:
                points = [bilevel.unpacked(row, width) for row in rows]
                self.assertEqual(bilevel.encoded(points, width), code, line)
                self.assertEqual(bilevel.decoded(code, count, width), points, line)
            else:
                self.assertEqual(lossless.encoded(rows), code, line)
                self.assertEqual(lossless.decoded(code, count, width), rows, line)

    def test_the_worked_example(self) -> None:
        packets = [
            Packet(Kind.HELLO, 0, Hello(True, 252, 0, "fw 1.0").encoded()),
            Packet(Kind.DESCRIPTOR, 1, Descriptor(LAYOUT, 252, 0, "demo", "OV2640").encoded()),
            Packet(Kind.BEGIN, 2, Begin(0, LAYOUT, 242, 1_000_000, payload=6).encoded()),
            Packet(Kind.SLICE, 3, ROWS, flags=Flag.LAST),
            Packet(Kind.END, 4, End(0, LAYOUT, False, 1, 6, 0x3C8A83A5).encoded()),
        ]
        told = [bytes.fromhex(text) for text in document.blocks("hex")]
        for packet, data in zip(packets, told):
            self.assertEqual(packet.framed(after_zero=packet.kind == Kind.SLICE), data)
        receiver = Receiver()
        for data in told:
            for byte in data:
                receiver.feed(bytes([byte]))
        (image,) = receiver.images
        self.assertTrue(image.is_intact)
        self.assertEqual(image.payload, ROWS)
        (text,) = receiver.texts
        (line,) = text.lines
        self.assertEqual((text.image, text.time, text.milliseconds), (1, 2_000_000, 850))
        self.assertEqual((line.text, line.is_light, line.confidence), ("SN 4", False, 233))
        self.assertEqual((text.encoded(), receiver.drops.total()), (parsed_body(told[5]), 0))

    def test_the_talk(self) -> None:
        asked = [
            Packet(Kind.HELLO, 0, Hello(True, 1024, 0, "scribe").encoded()),
            Packet(Kind.CREDIT, 1, Credit(5, 2048).encoded()),
            Packet(Kind.COMMAND, 2, Request(7, Command.FORMAT, b"\x05\x03").encoded()),
        ]
        (host,), (answer,) = document.blocks("host"), document.blocks("answer")
        self.assertEqual(b"".join(packet.framed() for packet in asked), bytes.fromhex(host))
        response = Response(7, Command.FORMAT, Status.NOT_THIS_VALUE)
        packet = Packet(Kind.RESPONSE, 6, response.encoded())
        self.assertEqual(packet.framed(), bytes.fromhex(answer))


class Framing(unittest.TestCase):
    def test_stuffing_of_every_length(self) -> None:
        for length in range(1, 1025):
            for data in (bytes(length), bytes([7]) * length, bytes([7]) * (length - 1) + b"\0"):
                self.assertNotIn(0, stuffed(data))
                self.assertEqual(unstuffed(stuffed(data)), data)
        self.assertEqual(len(stuffed(bytes([7]) * 252)), 253)

    def test_text_between_packets(self) -> None:
        packet = Packet(Kind.PING, 9, b"abcd")
        found = list(Splitter().feed(packet.framed() + b"hello\r\n" + packet.framed()))
        self.assertEqual(found, [packet, b"hello\r\n", packet])
        self.assertIsNone(parsed(bytes(20)))


def parsed_body(data: bytes) -> bytes:
    (packet,) = Splitter().feed(data)
    assert isinstance(packet, Packet)
    return packet.body


if __name__ == "__main__":
    unittest.main()

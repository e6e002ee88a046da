"""The peer's sender and receiver with each other, whole and with losses."""

import functools
import random
import unittest

from link.peer.framing import Flag, Kind, Packet, Splitter
from link.peer.layouts import Codec, Format, Layout, Region, gray, pixels
from link.peer.messages import Hello, Life, Start
from link.peer.pictures import drawn
from link.peer.receiver import Receiver
from link.peer.sender import Capture, Sender
from link.peer.tests.lines import FORMATS, HEIGHT, capture, spared
from link.peer.texts import Box, Character, Line, Part


class Talk:
    """A sender whose bytes go straight to a receiver."""

    def __init__(self, mtu: int = 252) -> None:
        self.receiver = Receiver()
        self.sender = Sender(self.receiver.feed, lambda: 0.0, mtu)

    def send(self, capture: Capture) -> None:
        for _ in self.sender.image(capture):
            pass


class Peers(unittest.TestCase):
    def test_every_format_at_every_mtu(self) -> None:
        for mtu in (96, 252, 1024):
            for format, codec in FORMATS:
                talk = Talk(mtu)
                sent = [capture(format, codec, seed, width) for seed, width in ((1, 61), (2, 1))]
                for each in sent:
                    talk.send(each)
                received = talk.receiver.images
                self.assertEqual([i.payload for i in received], [c.payload for c in sent])
                self.assertTrue(all(image.is_intact for image in received), (format, codec))
                self.assertEqual(talk.receiver.drops.total(), 0)

    def test_changes(self) -> None:
        talk = Talk(96)
        talk.sender.changes = True
        sent = [capture(Format.BILEVEL, Codec.BILEVEL, seed // 3) for seed in range(20)]
        for each in sent:
            talk.send(each)
        self.assertEqual([i.payload for i in talk.receiver.images], [c.payload for c in sent])
        self.assertGreater(talk.receiver.inter, 10)
        self.assertGreater(talk.receiver.fragmented, 5)

    def test_lost_packets_are_found(self) -> None:
        for format, codec in FORMATS:
            for lost in range(1, 7):
                talk = Talk(96)
                talk.sender.lose = functools.partial(is_numbered, lost)
                whole = capture(format, codec)
                talk.send(whole)
                talk.send(whole)
                first, second = talk.receiver.images
                self.assertTrue(second.is_intact)
                self.assertEqual(talk.receiver.lost_packets, 1)
                # DESCRIPTOR is 0 and BEGIN 1: the layout stands in both.
                self.assertEqual(first.is_intact, lost == 1, (format, codec, lost))

    def test_regions_and_bytes_in_any_split(self) -> None:
        data = bytearray()
        sender = Sender(data.extend, lambda: 0.0)
        part = capture(Format.GRAY4, Codec.ROWS)
        part = Capture(part.layout, part.payload, region=Region(7, 9, 320, 240))
        for _ in sender.image(part):
            sender.print("printed")
        receiver = Receiver()
        dice = random.Random(1)
        while data:
            size = dice.randrange(1, 40)
            receiver.feed(bytes(data[:size]))
            del data[:size]
        (image,) = receiver.images
        self.assertEqual((image.region, image.is_intact), (part.region, True))
        self.assertIn(b"printed\r\n", receiver.console)

    def test_a_board_that_goes_dead_and_starts_anew(self) -> None:
        streams: list[bytes] = []
        for _ in range(2):
            data = bytearray()
            sender = Sender(data.extend, lambda: 0.0)
            sender.hello()
            for _ in sender.image(capture(Format.BILEVEL, Codec.BILEVEL)):
                pass
            sender.stats(Life(Start.BROWN_OUT, 1, 2, 1, 0, 0, 0))
            streams.append(bytes(data))
        before, after = streams
        for cut in range(len(before)):
            receiver = Receiver()
            receiver.feed(before[:cut] + after)
            whole = [image for image in receiver.images if image.is_intact]
            self.assertIn(len(whole), (1, 2), cut)
            self.assertTrue(receiver.images[-1].is_intact, cut)
            life = receiver.stats[-1].life
            assert life
            self.assertEqual((life.start, life.starts), (Start.BROWN_OUT, 2))

    def test_aborted_dropped_and_unknown(self) -> None:
        talk = Talk()
        whole = capture(Format.BILEVEL, Codec.BILEVEL)
        talk.sender.changes = True
        talk.send(whole)
        talk.sender.abort(whole)
        before = talk.receiver.inter
        talk.sender.drop()
        talk.send(whole)
        self.assertEqual([image.number for image in talk.receiver.images], [0, 3])
        begin = talk.receiver.images[1].begin
        assert begin
        self.assertEqual((begin.dropped, talk.receiver.inter), (1, before))
        talk.receiver.feed(Packet(15, 0).framed() + Packet(7, 0, version=2).framed())
        self.assertEqual(talk.receiver.drops["unknown type"], 1)
        self.assertEqual(talk.receiver.drops["unsupported version"], 1)

    def test_lossless_gray_tells_only_what_stays(self) -> None:
        talk = Talk()
        talk.sender.changes = True
        first = capture(Format.GRAY8, Codec.LOSSLESS)
        payload = first.payload[:-1] + b"\x07"
        second = Capture(first.layout, payload)
        talk.send(first)
        talk.send(second)
        self.assertEqual([i.payload for i in talk.receiver.images], [first.payload, payload])
        self.assertEqual(talk.receiver.inter, 3)
        # Code behind the fields is none of codec 2.
        steps = talk.sender.image(second)
        for _ in range(3):
            next(steps)
        header = {"image": 2, "descriptor": 0, "position": 0}
        talk.sender.send(Kind.SLICE, bytes([8, 1, 255]), flags=Flag.INTER, **header)
        self.assertEqual(talk.receiver.drops["bad slice"], 1)

    def test_last_bit_of_fragments(self) -> None:
        data = bytearray()
        sender = Sender(data.extend, lambda: 0.0, 96)
        for _ in sender.image(capture(Format.GRAY8, Codec.LOSSLESS)):
            pass
        packets = [p for p in Splitter().feed(bytes(data)) if isinstance(p, Packet)]
        slices = [p for p in packets if p.kind == Kind.SLICE]
        self.assertGreater(sum(bool(p.flags & Flag.FRAGMENT) for p in slices), 4)
        self.assertEqual([p for p in slices if p.flags & Flag.LAST], slices[-1:])

    def test_spare_bits_count_as_they_are_sent(self) -> None:
        for format in (Format.BILEVEL, Format.GRAY4, Format.YUYV):
            talk = Talk()
            talk.send(spared(format))
            (image,) = talk.receiver.images
            self.assertTrue(image.is_intact, format)

    def test_text_in_parts(self) -> None:
        text = long_text()
        talk = Talk(96)
        talk.sender.text(text)
        (received,) = talk.receiver.texts
        self.assertEqual(received.lines, text.lines)
        self.assertGreater(talk.receiver.kinds[Kind.TEXT], 3)

    def test_hellos(self) -> None:
        talk = Talk()
        talk.sender.hello()
        self.assertEqual(talk.receiver.hellos, [Hello(True, 252, 3, "peer 1.0")])


class Pixels(unittest.TestCase):
    def test_gray_of_every_format(self) -> None:
        picture = drawn(61, HEIGHT, 3)
        for format, most in ((1, 0), (2, 4), (3, 4), (4, 0), (6, 9)):
            layout = Layout(61, HEIGHT, format)
            again = gray(pixels(picture, layout), layout)
            self.assertLessEqual(max(abs(a - b) for a, b in zip(again, picture)), most, format)


def is_numbered(sequence: int, packet: Packet) -> bool:
    return packet.sequence == sequence


def long_text() -> Part:
    def line(number: int, text: str) -> Line:
        x, y = 10, 20 * number + 5
        boxes = [Box(x + 12 * i, y + i % 3, 10, 12 + i % 2) for i in range(len(text))]
        characters = [
            Character(letter, 250 - i, box, i % 4 == 3)
            for i, (letter, box) in enumerate(zip(text, boxes))
        ]
        box = Box(x, y, 12 * len(text), 15)
        matches = (None, True, False)[number]
        return Line(number, 240, box, characters, number == 1, matches=matches)

    lines = [line(0, "SN4711LOTB27SERIALNUMBER"), line(1, "b"), line(2, "21°C±2€中×Ω")]
    return Part(0, 5, 320, 240, 12, len(lines), lines=lines)


if __name__ == "__main__":
    unittest.main()

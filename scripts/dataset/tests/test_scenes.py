"""Every kind of scene: its truth lies in the picture and holds together."""

import contextlib
import io
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from dataset import make, sample, scene, scenes
from dataset.characters import SIGNS
from dataset.scenes import goods, stage, truth
from dataset.scenes.cast import Cast

EMPTY = ("photograph", "things")


def made(kind: str, count: int, seed: int = 1, cast: Cast | None = None) -> Iterator[sample.Sample]:
    cast = cast or sample.Generator(seed, sample.Recipe(scenes=1.0)).cast
    assert cast
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        size = ((160, 120), (320, 240), (640, 480))[index % 3] if index else (160, 120)
        yield scenes.make(rng, size, sample.TIERS[index % 3], cast, kind)


class Kinds(unittest.TestCase):
    def test_truth_lies_in_the_picture(self) -> None:
        cast = sample.Generator(1, sample.Recipe(scenes=1.0, signs=True)).cast
        for kind in scenes.KINDS:
            shown = 0
            for one in made(kind, 12, cast=cast):
                height, width = one.picture.shape
                self.assertEqual(one.picture.dtype, np.uint8)
                self.assertGreaterEqual(min(height, width), 16, kind)
                self.assertEqual(one.about["kind"], kind)
                self.assertEqual(
                    [c.char for c in one.characters], list("".join(one.lines).replace(" ", ""))
                )
                self.assertEqual([text.line for text in one.texts], list(range(len(one.lines))))
                for c in one.characters:
                    x0, y0, x1, y1 = c.box
                    self.assertTrue(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height, kind)
                    self.assertEqual(c.light, one.texts[c.line].light)
                for text, line in zip(one.texts, one.lines):
                    self.check_text(text, line, one)
                shown += len(one.lines)
                one.record()
            self.assertEqual(shown > 0, kind not in EMPTY, kind)

    def check_text(self, text: scene.Text, line: str, one: sample.Sample) -> None:
        self.assertTrue(line and line == " ".join(line.split()))
        self.assertTrue(all("!" <= c <= "~" or c in SIGNS for c in line.replace(" ", "")), line)
        self.assertGreater(text.cap, 4)
        self.assertTrue(0 < text.x_height <= text.cap * 1.05)
        chars = [c for c in one.characters if c.line == text.line]
        start, end = np.array(text.start), np.array(text.end)
        length = np.hypot(*(end - start))
        self.assertGreater(end[0], start[0])
        along = (end - start) / max(length, 1e-6)
        for c in chars:
            if c.turn or c.either:
                continue
            middle = (np.array(c.box[:2]) + c.box[2:]) / 2 - start
            self.assertTrue(-0.5 * text.cap - 2 < middle @ along < length + 0.5 * text.cap + 2)
            above = -(along[0] * middle[1] - along[1] * middle[0])
            self.assertTrue(-0.45 * text.cap - 2 < above < 1.2 * text.cap + 2, (line, c, above))

    def test_baselines_hold_what_stands_on_them(self) -> None:
        feet, tops = [], []
        for kind in ("lone", "plate", "label", "pair"):
            for one in made(kind, 25, seed=3):
                for text in one.texts:
                    slope = (text.end[1] - text.start[1]) / (text.end[0] - text.start[0])
                    if abs(slope) > 0.1:
                        continue
                    for c in one.characters:
                        if c.line != text.line or c.char not in "ABDEFHIKLMNPRTXZ":
                            continue
                        x0, y0, x1, y1 = c.box
                        under = text.start[1] + slope * ((x0 + x1) / 2 - text.start[0])
                        turned = abs(slope) * (x1 - x0) / 2
                        feet.append((y1 - turned - under) / text.cap)
                        tops.append((y1 - y0 - 2 * turned) / text.cap - 1)
        self.assertGreater(len(feet), 100)
        self.assertLess(abs(np.median(feet)), 0.05)
        self.assertLess(np.quantile(np.abs(feet), 0.85), 0.14)
        self.assertLess(abs(np.median(tops)), 0.08)

    def test_same_seed_and_index_same_picture(self) -> None:
        recipe = sample.Recipe(scenes=0.7)
        a, b = sample.Generator(7, recipe), sample.Generator(7, recipe)
        list(map(b.make, range(4)))
        for index in (0, 5, 9, 14):
            one, two = a.make(index), b.make(index)
            self.assertTrue(np.array_equal(one.picture, two.picture))
            self.assertEqual(one.record(), two.record())

    def test_the_rest_is_as_without_scenes(self) -> None:
        plain, some = sample.Generator(7), sample.Generator(7, sample.Recipe(scenes=0.5))
        kinds = set()
        for index in range(12):
            one = some.make(index)
            kinds.add("scene" in one.about)
            if "scene" not in one.about:
                self.assertTrue(np.array_equal(one.picture, plain.make(index).picture))
        self.assertEqual(kinds, {True, False})

    def test_ascii_unless_signs_are_wanted(self) -> None:
        with_signs = sample.Generator(2, sample.Recipe(scenes=1.0, signs=True)).cast
        seen = ""
        for kind in ("lone", "border", "pair", "crop"):
            for one in made(kind, 20):
                self.assertTrue("".join(one.lines).isascii(), one.lines)
            for one in made(kind, 20, cast=with_signs):
                seen += "".join(one.lines)
        self.assertFalse(seen.isascii())

    def test_what_a_drum_shows(self) -> None:
        turns = []
        for one in made("counter", 40):
            for text in one.texts:
                of_line = [c.turn for c in one.characters if c.line == text.line]
                self.assertEqual(text.unsure, any(abs(turn) >= 0.4 for turn in of_line))
                turns += of_line
        self.assertTrue(all(-0.5 <= turn <= 0.5 for turn in turns))
        self.assertTrue(any(0.15 < abs(turn) < 0.4 for turn in turns))

    def test_bar_codes_follow_their_standard(self) -> None:
        bars = goods._bars("4006381333931")
        self.assertEqual(sum(width for width, _ in bars), 95)
        self.assertEqual(len(bars) % 2, 1)

    def test_photographs(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(ValueError):
                empty = Path(folder, "none")
                empty.mkdir()
                sample.Generator(1, sample.Recipe(scenes=1.0, clutter=str(empty)))
            noise = np.random.default_rng(1).integers(0, 255, (90, 120)).astype(np.uint8)
            cv2.imwrite(f"{folder}/a.png", noise)
            cast = sample.Generator(1, sample.Recipe(scenes=1.0, clutter=folder)).cast
            for one in made("photograph", 4, cast=cast):
                self.assertEqual((one.lines, one.texts, one.characters), ([], [], []))
                self.assertGreater(one.picture.std(), 3)

    def test_command(self) -> None:
        common = "--seed 1 --images 3 --scenes 1 --signs".split()
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.redirect_stderr(io.StringIO()) as told,
        ):
            self.assertEqual(
                make.main([*common, "--folder", "--out", f"{folder}/a"]),
                0,
                told.getvalue(),
            )
            self.assertEqual(len(list(Path(folder, "a").glob("*.png"))), 3)
            with self.assertRaises(SystemExit):
                make.main([*common, "--cutter", "true", "--out", f"{folder}/b"])


class Parts(unittest.TestCase):
    def test_share_of_a_box(self) -> None:
        box, share = truth._inside(np.array(((-4.0, 2.0), (6.0, 12.0))), 20, 20)
        self.assertEqual(box, (0, 2, 6, 12))
        self.assertAlmostEqual(share, 0.6)

    def test_spaces(self) -> None:
        self.assertEqual(stage._spaced("A  BC D", False), [False, True, False, True])


if __name__ == "__main__":
    unittest.main()

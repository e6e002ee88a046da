"""The geometry of lines against the boxes of their characters."""

import unittest

import numpy as np

from dataset import sample
from dataset.sample import Recipe

STANDING = "ABDEFHIKLMNPRTXZ"  # flat feet and flat tops


class Geometry(unittest.TestCase):
    def check(self, recipe: Recipe, count: int, seed: int = 4, slack: float = 0.0) -> None:
        """Baselines against boxes that stand on them, caps against the heights of capitals."""
        generator = sample.Generator(seed, recipe)
        feet, tops, ends, seen = [], [], [], 0
        for index in range(count):
            made = generator.make(index)
            self.assertEqual([text.line for text in made.texts], list(range(len(made.lines))))
            for text in made.texts:
                chars = [c for c in made.characters if c.line == text.line]
                start, end = np.array(text.start), np.array(text.end)
                self.assertGreater(end[0], start[0])
                self.assertEqual({text.family}, {c.font.family for c in chars})
                along = (end - start) / np.hypot(*(end - start))
                slope = along[1] / along[0]
                # The ink's ends: a slope moves them by no more than it leans over a capital.
                lean = abs(slope) * 1.5 * text.cap + 0.02 * (end[0] - start[0]) + 1 + slack
                ends.append(abs(min(c.box[0] for c in chars) - start[0]) < lean)
                ends.append(abs(max(c.box[2] for c in chars) - end[0]) < lean)
                seen += 1
                for c in chars:
                    if c.char not in STANDING:
                        continue
                    x0, y0, x1, y1 = c.box
                    under = start[1] + slope * ((x0 + x1) / 2 - start[0])
                    turned = abs(slope) * (x1 - x0) / 2  # a turned box reaches lower than its foot
                    feet.append((y1 - turned - under) / text.cap)
                    tops.append(((y1 - y0) - 2 * turned) * along[0] / text.cap - 1)
        self.assertGreater(seen, count // 2)
        self.assertGreater(np.mean(ends), 0.98)
        self.assertGreater(len(feet), 100)
        self.assertLess(abs(np.median(feet)), 0.04)
        self.assertLess(np.quantile(np.abs(feet), 0.9), 0.12)
        self.assertLess(abs(np.median(tops)), 0.06)
        self.assertLess(np.quantile(np.abs(tops), 0.9), 0.17)

    def test_print(self) -> None:
        self.check(sample.Recipe(empty=0, styles=(0, 0, 0)), 120)

    def test_displays(self) -> None:
        self.check(sample.Recipe(empty=0, styles=(0.5, 0.5, 0)), 120)

    def test_ink(self) -> None:
        self.check(sample.Recipe(empty=0, ink=1.0, styles=(0, 0, 0)), 80, slack=1)

    def test_small_letters(self) -> None:
        generator = sample.Generator(6, sample.Recipe(empty=0, mix="natural"))
        off = []
        for index in range(80):
            made = generator.make(index)
            for text in made.texts:
                self.assertTrue(0 < text.x_height <= text.cap * 1.01)
                slope = abs((text.end[1] - text.start[1]) / (text.end[0] - text.start[0]))
                off += [
                    (c.box[3] - c.box[1] - slope * (c.box[2] - c.box[0])) / text.x_height - 1
                    for c in made.characters
                    if c.line == text.line and c.char in "vwxz"
                ]
        self.assertLess(abs(np.median(off)), 0.08)

    def test_record(self) -> None:
        made = sample.Generator(6, sample.Recipe(empty=0)).make(0)
        self.assertEqual(len(made.record()["texts"]), len(made.lines))


if __name__ == "__main__":
    unittest.main()

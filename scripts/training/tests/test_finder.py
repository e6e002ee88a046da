"""What a finder is taught and what its decoder makes of that."""

import unittest

import numpy

from training import finder
from training.finder_targets import Lines, targets, visible

Row = tuple[float, ...]  # as finder_pictures.COLUMNS


def perfect(rows: list[Row], shape: tuple[int, int]) -> numpy.ndarray:
    """int8 logits of a network that has learned all of its targets."""
    lines = Lines(numpy.array(rows, numpy.float32))
    lines = lines.some(visible(lines, shape))
    classes, geometry, _, _ = targets(lines, shape, numpy.zeros(2), numpy.array(shape[::-1]))
    values = numpy.concatenate([numpy.where(classes == 1, 5.0, -5.0), geometry], -1)
    high, wide, _ = values.shape
    values = numpy.round(values * finder.STEPS).clip(-128, 127).astype(numpy.int8)
    return values.reshape(high // 2, 2, wide, 8).transpose(0, 2, 1, 3).reshape(high // 2, wide, 16)


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    cap: float,
    light: int = 0,
    x_height: float = 0.0,
    characters: int = 8,
) -> Row:
    return (0, *start, *end, cap, x_height, light, characters)


def off(line: finder.FoundLine, scale: int, row: Row) -> float:
    """How far a baseline's middle is off, pixels."""
    _, x0, y0, x1, y1, *_ = row
    return abs(line.baseline / scale + line.slope * (x0 + x1) / 2 - (y0 + y1) / 2)


class Decoder(unittest.TestCase):
    def check(
        self, rows: list[Row], shape: tuple[int, int] = (128, 160), level: int = 0
    ) -> list[finder.FoundLine]:
        found = finder.lines_of(perfect(rows, shape), level)
        self.assertEqual(len(found), len(rows))
        scale = 2**level
        for row in rows:
            _, x0, y0, x1, y1, cap, x_height, light, _ = row
            distances = [off(line, scale, row) + abs(line.start / scale - x0) for line in found]
            best = found[int(numpy.argmin(distances))]
            self.assertEqual(best.light, bool(light))
            self.assertLess(off(best, scale, row), 0.05 * cap + 0.2)
            self.assertLess(abs(best.height / scale / cap - 1), 0.03)
            self.assertLess(abs(best.x_height / best.height - 2**x_height), 0.03)
            self.assertLess(abs(best.slope - (y1 - y0) / (x1 - x0)), 0.03)
            self.assertLess(abs(best.start / scale - x0), 1)
            self.assertLess(abs(best.end / scale - x1), 1)
        return found

    def test_level(self) -> None:
        self.check([line((20, 40), (140, 40), 14), line((20, 62), (90, 62), 14, x_height=-0.5)])

    def test_sizes(self) -> None:
        for cap in (6.5, 8, 11, 17, 25, 29):
            self.check([line((15, 60), (140, 63), cap, light=1)])

    def test_steep(self) -> None:
        self.check([line((20, 20), (100, 95), 12), line((50, 15), (120, 80), 12)])

    def test_lone_character(self) -> None:
        for x in range(40, 50):
            self.check([line((x, 60), (x + 5, 60), 10, characters=1)])

    def test_columns_stay_apart(self) -> None:
        self.check([line((10, 40), (60, 40), 12), line((100, 40), (150, 40), 12)])

    def test_coarser_level(self) -> None:
        self.check([line((20, 40), (140, 44), 14)], level=2)

    def test_nothing(self) -> None:
        self.assertEqual(finder.lines_of(numpy.full((4, 5, 16), -80, numpy.int8)), [])

    def test_overlap(self) -> None:
        coarse = self.check([line((10, 20), (70, 20), 7)], level=1)
        fine = self.check([line((20, 40), (140, 40), 14)])
        self.assertEqual(finder.merged(coarse + fine), fine)
        self.assertEqual(len(finder.merged(fine + self.check([line((20, 90), (140, 90), 14)]))), 2)


class Pictures(unittest.TestCase):
    def test_levels(self) -> None:
        picture = numpy.arange(35, dtype=numpy.uint8).reshape(5, 7)
        sizes = [level.shape for level in finder.levels(picture)]
        self.assertEqual(sizes, [(16, 16)] * 4)
        # As in a mirror, whose edge shows once.
        first = finder.levels(picture)[0]
        self.assertEqual(first[0, 5:9].tolist(), [5, 6, 5, 4])
        self.assertEqual(first[3:7, 0].tolist(), [21, 28, 21, 14])
        self.assertEqual(finder.halved(picture).tolist()[0], [4, 6, 8, 10])

    def test_tone(self) -> None:
        self.assertEqual((finder.TONE[0], finder.TONE[255]), (0, 255))
        self.assertTrue((numpy.diff(finder.TONE.astype(int)) >= 0).all())


class Open(unittest.TestCase):
    """What is too large, too small or cut off is neither text nor background."""

    def test_open(self) -> None:
        shape = (128, 160)
        for row, wanted in (
            (line((20, 60), (120, 60), 35), {0, -1}),
            (line((20, 60), (120, 60), 45), {0}),
            (line((20, 60), (120, 60), 3), {0}),
            (line((20, 9), (120, 9), 20), {0, -1}),
            (line((20, 60), (120, 60), 15), {0, -1, 1}),
        ):
            lines = Lines(numpy.array([row], numpy.float32))
            lines = lines.some(visible(lines, shape))
            classes = targets(lines, shape, numpy.zeros(2), numpy.array(shape[::-1]))[0]
            self.assertEqual(set(classes.reshape(-1).tolist()), wanted)


if __name__ == "__main__":
    unittest.main()

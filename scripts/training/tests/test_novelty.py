"""Novelty of lines: what is compared, what errors mean, and which lines are learned."""

import json
import pathlib
import tempfile
import unittest
from typing import Any

import numpy
import torch

from training import novelty
from training.lines import collate
from training.recipe import Recipe, macs

FAMILIES = ["A", "B"]  # of which B is held out
PRINT, UNSEEN, EMPTY = (0, "x"), (1, "x"), (0xFFFF, "")


def shard(lines: list[tuple[tuple[int, str], int, int]]) -> dict[str, numpy.ndarray]:
    """Lines as (kind, picture, source), each 16 columns of a gray that tells them apart."""
    texts = "".join(kind[1] for kind, _, _ in lines)
    levels = numpy.arange(len(lines), dtype=numpy.uint8)
    return {
        "pixels": numpy.repeat(levels, 32 * 16),
        "widths": numpy.full(len(lines), 16, numpy.uint16),
        "text": numpy.frombuffer(texts.encode("utf-32-le"), numpy.uint32),
        "lengths": numpy.array([len(kind[1]) for kind, _, _ in lines], numpy.uint16),
        "columns": numpy.full(len(texts), 8, numpy.float32),
        "family": numpy.array([kind[0] for kind, _, _ in lines], numpy.uint16),
        "tier": numpy.zeros(len(lines), numpy.uint8),
        "image": numpy.array([image for _, image, _ in lines], numpy.uint32),
        "source": numpy.array([source for _, _, source in lines], numpy.uint8),
    }


class Errors(unittest.TestCase):
    def test_cells_hold_the_ink_at_half_its_size(self) -> None:
        x = torch.arange(32 * 16, dtype=torch.float32).reshape(1, 1, 32, 16)
        small = novelty.halved(x)
        self.assertEqual(list(small.shape), [1, 2, 64])
        for row, column in ((0, 0), (3, 1), (15, 7)):
            wanted = x[0, 0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].mean()
            self.assertEqual(float(small[0, column // 4, row * 4 + column % 4]), float(wanted))

    def test_what_is_drawn_again_and_what_is_not(self) -> None:
        x = torch.rand(3, 1, 32, 24, generator=torch.Generator().manual_seed(1))
        x[2] = 0
        widths = numpy.array([24, 16, 24])
        whole = novelty.halved(x)
        even = whole.clone()
        even[0] = whole[0].mean()
        # Beyond a line's width nothing counts.
        even[1, 2] = 7
        found = novelty.errors(x, even, widths)
        self.assertAlmostEqual(float(found[0]), 1, places=5)
        self.assertAlmostEqual(float(found[1]), 0, places=6)
        self.assertEqual(float(found[2]), 0)
        # A line without ink of which a gray level is drawn.
        self.assertAlmostEqual(float(novelty.errors(x, whole + 1 / 255, widths)[2]), 1, places=4)

    def test_shares_of_known_print(self) -> None:
        values = numpy.linspace(0.1, 0.5, 401)
        limits = novelty.table(values)
        self.assertEqual(limits, sorted(set(limits)))
        shares = novelty.novelty(numpy.array([0.0, 0.1, 0.3, limits[-1], 1.0, 1e9]), limits)
        self.assertAlmostEqual(shares[2], 0.5, delta=1e-3)
        self.assertEqual(list(shares[:2]), [0, 0])
        self.assertAlmostEqual(shares[3], novelty.SHARES[-1])
        self.assertTrue(shares[3] < shares[4] < shares[5] < 1)


class Data(unittest.TestCase):
    def data(self, lines: list[tuple[tuple[int, str], int, int]], **changed: Any) -> Any:
        recipe = {"validation_families": ["B"], "batch_columns": 64, "text_free": 0.25}
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "plan.json").write_text(json.dumps({"families": FAMILIES}))
            numpy.savez(folder / "shard-00000.npz", **shard(lines))
            return novelty.NoveltyData(recipe | {"found": 0.5} | changed, folder)

    def levels(self, lines: Any) -> list[int]:
        return sorted(int(pixels[0, 0]) for pixels in lines.pixels)

    def test_fonts_and_pictures_are_held_out(self) -> None:
        data = self.data(
            [(PRINT, 1, 0), (PRINT, 1, 1), (EMPTY, 1, 1), (EMPTY, 2, 0)]  # 0 to 3: learned
            + [(PRINT, 16, 0), (PRINT, 16, 1), (EMPTY, 32, 1)]  # 4 and 6: validated on
            + [(UNSEEN, 3, 0), (PRINT, 3, 0), (EMPTY, 3, 0)]  # 7: of the font held out
        )
        self.assertEqual(self.levels(data.train), [0, 1, 2, 3])
        self.assertEqual(self.levels(data.known), [4])
        self.assertEqual(self.levels(data.unseen), [7])
        self.assertEqual(self.levels(data.empty), [6])

    def test_each_kind_has_its_share_of_what_is_drawn(self) -> None:
        lines = [(PRINT, 1, 0)] * 1 + [(PRINT, 1, 1)] * 9 + [(EMPTY, 1, 0)] * 2
        lines += [(EMPTY, 1, 1)] * 8
        data = self.data([*lines, (PRINT, 16, 0)])
        self.assertAlmostEqual(data.chances[0], 0.375)
        self.assertAlmostEqual(data.chances[1:10].sum(), 0.375)
        self.assertAlmostEqual(data.chances[10:12].sum(), 0.125)
        rng = numpy.random.default_rng(1)
        drawn = [data.batch(rng) for _ in range(300)]
        self.assertTrue(all(len(part) <= 4 for part in drawn))
        first = numpy.mean(numpy.concatenate(drawn) == 0)
        self.assertAlmostEqual(first, 0.375, delta=0.06)

    def test_without_print_nothing_is_learned(self) -> None:
        with self.assertRaises(SystemExit):
            self.data([(EMPTY, 1, 0), (EMPTY, 16, 0)])

    def test_batches_are_of_few_columns(self) -> None:
        widths = numpy.array([8, 8, 16, 16, 40, 200])
        parts = novelty.batches(numpy.arange(6), widths, 64)
        self.assertEqual([list(part) for part in parts], [[0, 1, 2, 3], [4], [5]])

    def test_lines_are_spoilt_and_stay_ink(self) -> None:
        data = self.data([(PRINT, 1, 0), (PRINT, 16, 0)])
        x, widths = collate(data.train, [0] * 40)
        rng = numpy.random.default_rng(2)
        self.assertTrue(torch.equal(novelty.spoilt(x.clone(), widths, 0, 0, rng), x))
        some = novelty.spoilt(x.clone(), widths, 0.2, 0.5, rng)
        self.assertTrue(bool(((some >= 0) & (some <= 1)).all()))
        self.assertFalse(torch.equal(some, x))


class Shipped(unittest.TestCase):
    def test_it_is_small(self) -> None:
        """A tenth of what the quick reader takes, so that each line that is read can have it."""
        work = {
            name: sum(macs(layer) for layer in Recipe(name).layers)
            for name in ("novelty", "line-quick")
        }
        self.assertLess(10 * work["novelty"], work["line-quick"])


if __name__ == "__main__":
    unittest.main()

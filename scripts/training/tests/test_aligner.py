"""Aligners' targets and lines, and drums' patches and loss."""

import json
import pathlib
import tempfile
import unittest
from collections.abc import Sequence

import numpy
import torch

from training import aligner, drums
from training.tasks.aligner import AlignerData
from training.tasks.characters import on_a_ring

WIDTH = 160


def outputs(line: Sequence[float], width: int = WIDTH) -> numpy.ndarray:
    """What a perfect aligner would say of a line."""
    text, geometry = aligner.wanted(line, width)
    return numpy.concatenate([12 * text[:, None] - 6, geometry], 1)


def aligned(line: Sequence[float]) -> tuple[float, ...]:
    found = aligner.line_of(outputs(line))
    assert found is not None
    return found


class Lines(unittest.TestCase):
    def test_perfect_outputs_give_the_line_back(self) -> None:
        for line in ((23, 0, 16, 14, 140), (26, 0.02, 12, 30, 120), (19, -0.015, 24, 8, 150)):
            found = aligned(line)
            middle = (line[3] + line[4]) / 2
            self.assertAlmostEqual(
                found[0] + middle * found[1], line[0] + middle * line[1], delta=0.1
            )
            # A level baseline counts a little.
            for value, truth, most in zip(found[1:], line[1:], (0.008, 0.05, 0.6, 0.6)):
                self.assertAlmostEqual(value, truth, delta=most)

    def test_a_single_character(self) -> None:
        found = aligned((23, 0, 16, 21, 24))
        self.assertAlmostEqual(found[3], 21, delta=1.1)
        self.assertAlmostEqual(found[4], 24, delta=1.1)

    def test_ends_beyond_the_line_are_far(self) -> None:
        _, geometry = aligner.wanted((23, 0, 16, -200, 400), WIDTH)
        farthest = (aligner.FARTHEST - aligner.MIDDLE[3]) * aligner.FACTOR[3]
        self.assertTrue((geometry[:, 2:] == farthest).all())

    def test_nothing(self) -> None:
        self.assertFalse(aligner.wanted([numpy.nan] * 5, WIDTH)[0].any())
        self.assertIsNone(aligner.line_of(outputs([numpy.nan] * 5)))


class Batches(unittest.TestCase):
    def test_families_are_held_out_and_photographs_have_no_ends(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "plan.json").write_text(json.dumps({"families": ["A", "B", "C"]}))
            line = numpy.array([23, 0, 16, 10, 180], numpy.float32)
            numpy.savez(
                folder / "shard-00000.npz",
                pixels=numpy.zeros(3 * 32 * 200, numpy.uint8),
                widths=numpy.full(3, 200, numpy.uint16),
                lines=numpy.stack([line] * 3),
                family=numpy.array([0, 1, 2], numpy.uint16),
                image=numpy.arange(3, dtype=numpy.uint32),
                ends=numpy.array([1, 1, 0], bool),
            )
            recipe = {"input": [32, WIDTH, 1], "validation_families": ["B"], "photographs": 0.5}
            data = AlignerData(recipe, [folder])
            self.assertEqual((len(data.train), len(data.valid)), (2, 1))
            x, (text, geometry, sure) = data.batch(numpy.random.default_rng(1), 8 * 32 * WIDTH)
            self.assertEqual(list(x.shape), [8, 1, 32, WIDTH])
            self.assertEqual(list(geometry.shape), [8, WIDTH // 8, 4])
            self.assertTrue(bool(text[:, 3:-3].all()))
            self.assertGreaterEqual(int((sure[:, 0, 3] == 0).sum()), 4)
            self.assertTrue(bool((sure[:, 0, :2] == 1).all()))


class Drums(unittest.TestCase):
    def test_tenths(self) -> None:
        self.assertEqual(
            [
                drums.tenth("3", 0.7),
                drums.tenth("4", -0.3),
                drums.tenth("9", 0.96),
                drums.tenth("0", -0.1),
            ],
            [37, 37, 0, 99],
        )

    def test_patches_reach_beyond_a_line(self) -> None:
        coverage = numpy.full((32, 16), 9, numpy.uint8)
        patch = drums.patch(coverage, 2)
        self.assertEqual(patch.shape, (32, drums.WIDTH))
        self.assertFalse(patch[:, :10].any())
        self.assertTrue((patch[:, 10:] == 9).all())
        self.assertFalse(drums.patch(coverage, 14)[:, 14:].any())

    def test_neighbours_share_on_a_ring(self) -> None:
        wanted = on_a_ring(torch.tensor([0, 37, 100]), 101, 0.8)
        self.assertTrue(torch.allclose(wanted.sum(1), torch.ones(3)))
        self.assertAlmostEqual(float(wanted[0, 1]), float(wanted[0, 99]), places=6)
        self.assertEqual(int(wanted[1].argmax()), 37)
        self.assertEqual(wanted[2].tolist(), [0.0] * 100 + [1.0])


if __name__ == "__main__":
    unittest.main()

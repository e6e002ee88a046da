"""Novelty of lines: how badly an autoencoder of known print draws a line again.

The network sees a line as readers do, 32 rows of ink, and gives for each 8 columns the same ink at
half the size, 16 rows of 4 pixels, through a narrow middle that has learned no more than print.
`Sources/7-Text/LineNovelty.swift` computes the same.
"""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy
import torch

from dataset.geometry import LINE
from dataset.line_shards import FOUND
from training.lines import Labels, Lines
from training.recipe import LABELS

STEP = 8  # columns of a line to an output
ROWS, COLUMNS = LINE.rows // 2, STEP // 2  # pixels of an output
# Of validation lines that are less novel than each entry of the table.
SHARES = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995]
POOL = 2048  # lines that batches of like width are made of
HELD_OUT = 16  # each so many pictures' lines are validated on


def halved(x: torch.Tensor) -> torch.Tensor:
    """Means of 2x2 pixels of [N, 1, 32, width], as the network gives them: [N, columns, 64]."""
    small = torch.nn.functional.avg_pool2d(x, 2)[:, 0]
    count, rows, width = small.shape
    cells = small.reshape(count, rows, width // COLUMNS, COLUMNS)
    return cells.permute(0, 2, 1, 3).reshape(count, width // COLUMNS, rows * COLUMNS)


def errors(x: torch.Tensor, outputs: torch.Tensor, widths: numpy.ndarray) -> torch.Tensor:
    """Of each line, the part of its ink's variance that isn't drawn again: 0 where all is, 1 where
    an even gray would be as near."""
    wanted = halved(x)
    inside = torch.arange(wanted.shape[1])[None] < torch.from_numpy(widths // STEP)[:, None]
    weight = inside.to(wanted.device)[:, :, None].to(wanted.dtype)
    count = weight.sum((1, 2)) * wanted.shape[2]
    missed = (weight * (outputs.reshape(wanted.shape) - wanted) ** 2).sum((1, 2))
    mean = (weight * wanted).sum((1, 2)) / count
    variance = (weight * (wanted - mean[:, None, None]) ** 2).sum((1, 2))
    # Lines without ink have nothing to draw: a gray level of deviation is the least that counts.
    return missed / variance.clamp(min=count / 255**2)


def table(values: Sequence[float] | numpy.ndarray) -> list[float]:
    """The errors below which the SHARES of known print lie."""
    return [float(f"{value:.5g}") for value in numpy.quantile(values, SHARES)]


def novelty(values: numpy.ndarray, limits: Sequence[float]) -> numpy.ndarray:
    """The share of known print that is less novel; beyond the table what is left of 1 falls as the
    error rises."""
    beyond = 1 - (1 - SHARES[-1]) * limits[-1] / numpy.maximum(values, limits[-1])
    return numpy.where(values >= limits[-1], beyond, numpy.interp(values, limits, SHARES))


class NoveltyData:
    """Lines of shards: print of known fonts to learn and lines without text, the same of other
    pictures, and print of fonts held out."""

    def __init__(self, recipe: dict[str, Any], folder: str | pathlib.Path) -> None:
        self.recipe = recipe
        self.plans = []
        labels = Labels(LABELS["latin+space+blank"])
        self.train, self.known, self.unseen, self.empty = (Lines(labels) for _ in range(4))
        self.waiting: list[numpy.ndarray] = []
        for path in map(pathlib.Path, str(folder).split(",")):
            plan = json.loads((path / "plan.json").read_text())
            self.plans.append(plan)
            held_out = [name in recipe["validation_families"] for name in plan["families"]]
            for shard in sorted(path.glob("shard-?????.npz")):
                with numpy.load(shard) as file:
                    self.add({name: file[name] for name in file.files}, numpy.array(held_out))
        if not len(self.train) or not len(self.known):
            raise SystemExit(f"{folder} has no print to learn and to validate on")
        self.chances = self.shares()

    def add(self, shard: dict[str, numpy.ndarray], held_out: numpy.ndarray) -> None:
        family = shard["family"]
        printed = (family < len(held_out)) & (shard["lengths"] > 0)
        unseen = numpy.append(held_out, False)[numpy.minimum(family, len(held_out))]
        other = shard["image"] % HELD_OUT == 0
        # A picture of two fonts teaches neither where one of them is held out.
        mixed = numpy.isin(shard["image"], shard["image"][unseen])
        found = shard["source"] == FOUND
        text_free = (family >= len(held_out)) & (shard["lengths"] == 0)
        self.train.add(shard, (printed | text_free) & ~mixed & ~other)
        self.known.add(shard, printed & ~mixed & other & found)
        self.unseen.add(shard, printed & unseen & found)
        self.empty.add(shard, text_free & other)

    def shares(self) -> numpy.ndarray:
        """How likely each line is drawn: lines without text, and among each kind those that the
        program found, as the recipe says."""
        text_free = numpy.array([not len(text) for text in self.train.texts])
        found = numpy.array(self.train.sources) == FOUND
        result = numpy.zeros(len(self.train))
        free, seen = self.recipe["text_free"], self.recipe["found"]
        for kind, share in (
            (text_free & found, free * seen),
            (text_free & ~found, free * (1 - seen)),
            (~text_free & found, (1 - free) * seen),
            (~text_free & ~found, (1 - free) * (1 - seen)),
        ):
            result[kind] = share / max(1, kind.sum())
        return result / result.sum()

    def batch(self, rng: numpy.random.Generator) -> numpy.ndarray:
        """Indices of lines to learn of like width, about `batch_columns` together."""
        if not self.waiting:
            pool = rng.choice(len(self.train), POOL, p=self.chances)
            widths = numpy.array([len(self.train.pixels[k]) for k in pool])
            order = numpy.argsort(widths + rng.random(len(pool)) * 8)
            self.waiting = list(batches(pool[order], widths[order], self.recipe["batch_columns"]))
            rng.shuffle(self.waiting)
        return self.waiting.pop()


def batches(chosen: numpy.ndarray, widths: numpy.ndarray, columns: int) -> list[numpy.ndarray]:
    """Parts of lines, the narrowest first, that have so many columns together at most."""
    result, first = [], 0
    for last in range(1, len(chosen) + 1):
        if last == len(chosen) or widths[last] * (last + 1 - first) > columns:
            result.append(chosen[first:last])
            first = last
    return result


def spoilt(
    x: torch.Tensor, widths: numpy.ndarray, noise: float, erase: float, rng: numpy.random.Generator
) -> torch.Tensor:
    """Lines with noise, so strong at most, and in the share `erase` a part gone or overlaid."""
    count, _, height, _ = x.shape
    level = torch.from_numpy((noise * rng.random(count) ** 2).astype(numpy.float32))
    seed = torch.Generator().manual_seed(int(rng.integers(2**62)))
    x = x + torch.randn(x.shape, generator=seed) * level[:, None, None, None]
    for row in numpy.flatnonzero(rng.random(count) < erase):
        left, top = rng.integers(widths[row]), rng.integers(height)
        wide, high = rng.integers(2, 9), rng.integers(3, 17)
        x[row, 0, top : top + high, left : left + wide] = float(rng.random())
    return x.clamp(0, 1)

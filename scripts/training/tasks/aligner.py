"""Aligners: where a line's text is that was drawn a bit off."""

import hashlib
import json
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy
import torch
from torch.nn import functional as F

from training import aligner
from training.recipe import Recipe
from training.task import Measured, Options, Reader, Written
from training.tasks.fields import FieldTask, Wanted

# Of height, baseline, start, end.
GEOMETRY = torch.tensor([1.0, 1.5, 0.4, 0.4])
NOISE = 0.04  # the strongest, of ink


class AlignerData:
    """Lines of folders' shards, font families held out."""

    def __init__(self, recipe: dict[str, Any], folders: Iterable[str | pathlib.Path]) -> None:
        self.recipe = recipe
        self.plans: list[dict[str, Any]] = []
        self.state = hashlib.sha256()
        self.width = recipe["input"][1]
        # (coverage, line, whether its ends are known)
        self.train: list[tuple[numpy.ndarray, numpy.ndarray, bool]] = []
        self.valid: list[tuple[numpy.ndarray, numpy.ndarray, bool]] = []
        for folder in map(pathlib.Path, folders):
            self.plans.append(json.loads((folder / "plan.json").read_text()))
            names = self.plans[-1]["families"]
            held_out = numpy.array([name in recipe["validation_families"] for name in names])
            for path in sorted(folder.glob("shard-?????.npz")):
                self.add(path, numpy.append(held_out, False))
        # Photographs, of which there are few, as often as the recipe says.
        self.photographs = [k for k, part in enumerate(self.train) if not part[2]]

    def add(self, path: pathlib.Path, held_out: numpy.ndarray) -> None:
        with numpy.load(path) as file:
            shard = {name: file[name] for name in file.files}
        self.state.update(f"{path.name} {len(shard['pixels'])}".encode())
        ends = numpy.cumsum(aligner.ROWS * shard["widths"].astype(int))
        pixels = numpy.split(shard["pixels"], ends[:-1])
        family = numpy.minimum(shard["family"], len(held_out) - 1)
        # What is no text goes with the picture's number.
        out = held_out[family] | ((family == len(held_out) - 1) & (shard["image"] % 16 == 0))
        known = shard.get("ends", numpy.ones(len(family), bool))
        for k, line in enumerate(shard["lines"]):
            part = (pixels[k].reshape(-1, aligner.ROWS).T, line, bool(known[k]))
            (self.valid if out[k] else self.train).append(part)

    def digest(self) -> str:
        return self.state.hexdigest()

    def sizes(self) -> tuple[int, int]:
        return len(self.train), len(self.valid)

    def batch(
        self, rng: numpy.random.Generator, pixels: int, valid: bool = False
    ) -> tuple[torch.Tensor, Wanted]:
        some = self.valid if valid else self.train
        count = pixels // (aligner.ROWS * self.width)
        columns = numpy.zeros((count, aligner.ROWS, self.width), numpy.uint8)
        wanted = []
        chosen = rng.integers(len(some), size=count)
        if self.photographs and not valid:
            share = int(self.recipe["photographs"] * count)
            chosen[:share] = rng.choice(self.photographs, share)
        sure = numpy.ones((count, 1, len(aligner.CHANNELS) - 1), numpy.float32)
        for row, k in enumerate(chosen):
            picture, line, sure[row, 0, 2:] = some[k]
            first = 0
            if picture.shape[1] > self.width:
                first = int(rng.integers(picture.shape[1] - self.width + 1))
            part = picture[:, first : first + self.width]
            columns[row, :, : part.shape[1]] = part
            moved = line - numpy.array([-line[1] * first, 0, 0, first, first], numpy.float32)
            wanted.append(aligner.wanted(moved, self.width))
        x = torch.from_numpy(columns).unsqueeze(1).float() / 255
        if not valid:
            x = (x + NOISE * torch.rand(count, 1, 1, 1) * torch.randn(x.shape)).clamp(0, 1)
        text, geometry = (torch.from_numpy(numpy.stack(part)) for part in zip(*wanted))
        return x, (text, geometry, torch.from_numpy(sure))


class Errors:
    """How far lines are off once they are aligned."""

    def __init__(self) -> None:
        self.off: list[tuple[float, ...]] = []  # rows of the baseline, octaves, columns of ends
        self.texts = self.ghosts = self.empty = 0

    def add(self, found: numpy.ndarray, wanted: Iterable[numpy.ndarray]) -> None:
        text, geometry, known = wanted
        line = aligner.line_of(found)
        if not text.any():
            self.empty, self.ghosts = self.empty + 1, self.ghosts + (line is not None)
            return
        self.texts += 1
        truth = aligner.line_of(numpy.concatenate([8 * text[:, None] - 4, geometry], 1))
        if line is None or truth is None:
            return
        middle = (truth[3] + truth[4]) / 2
        ends = (abs(line[3] - truth[3]), abs(line[4] - truth[4]))
        self.off.append(
            (
                abs(line[0] + line[1] * middle - truth[0] - truth[1] * middle),
                abs(numpy.log2(line[2] / truth[2])),
                *(ends if known[0, -1] else (numpy.nan, numpy.nan)),
            )
        )

    def measured(self) -> Measured:
        off = numpy.nanmean(self.off, 0) if self.off else [9, 9, 9, 9]
        right = sum(error[0] < 1.6 and error[1] < 0.15 for error in self.off)
        share = right / max(1, self.texts)
        return Measured(
            share,
            f"within a tenth {100 * share:.2f} %, baseline {off[0]:.2f} rows off, height "
            f"{100 * off[1]:.1f} % of an octave, ends {off[2]:.2f} and {off[3]:.2f} columns; "
            f"{100 * len(self.off) / max(1, self.texts):.1f} % of {self.texts} lines seen, "
            f"{100 * self.ghosts / max(1, self.empty):.1f} % of {self.empty} places without text "
            "taken for one",
        )


class AlignerTask(FieldTask[Measured]):
    unit = counted = "lines"
    limit = aligner.RANGE
    data: AlignerData

    def __init__(self, recipe: Recipe, options: Options) -> None:
        super().__init__(recipe, options, AlignerData(recipe.values, options.data.split(",")))

    def losses(self, outputs: torch.Tensor, wanted: Wanted) -> tuple[torch.Tensor, torch.Tensor]:
        text, geometry, sure = wanted
        outputs = outputs.float().reshape(*text.shape, len(aligner.CHANNELS))
        known = F.binary_cross_entropy_with_logits(outputs[..., 0], text)
        apart = F.smooth_l1_loss(outputs[..., 1:], geometry, reduction="none", beta=0.5)
        weight = GEOMETRY.to(text.device)
        return known, (apart * weight * sure * text[..., None]).sum() / (text.sum() + 5)

    def measure(self, read: Reader, whole: bool) -> Measured:
        errors = Errors()
        for x, wanted in self.validation:
            outputs = read(x).float().reshape(*wanted[0].shape, -1).numpy()
            for found, *some in zip(outputs, *(part.numpy() for part in wanted)):
                errors.add(found, some)
        return errors.measured()

    def about(self, written: Written[Measured]) -> tuple[str, list[str], str]:
        items = [
            f"Input a line as it was drawn, {aligner.ROWS} rows and any number of columns; every "
            f"{aligner.STEP} columns it says {', '.join(aligner.CHANNELS)} of the line's own text "
            "(`scripts/training/aligner.py`).",
            f"{written.training['lines']:,} lines to train on.",
        ]
        summary = (
            f"On {self.validated():,} lines of families held out, by the exact integer arithmetic: "
            f"{written.exact.words}."
        )
        return "Puts a line on its text.", items, summary

    def examples(self) -> numpy.ndarray:
        pixels = 300 * aligner.ROWS * self.data.width
        x, _ = self.data.batch(numpy.random.default_rng(3), pixels, True)
        return (x * 255).round().to(torch.uint8).numpy()

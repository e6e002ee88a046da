"""Autoencoders of lines: whether a line is like what they know."""

import hashlib
import json
from typing import Any

import numpy
import torch

from measure.novelty.ranking import area
from training import lines, novelty
from training.phase import Loss, Phase, Plan
from training.recipe import Recipe
from training.task import Measured, Options, Reader, Task, Written

COLUMNS = 8192  # of a batch that is only looked at
MOST = 1500  # lines of a kind that are looked at while training


class NoveltyTask(Task[Measured]):
    unit = "lines"

    def __init__(self, recipe: Recipe, options: Options) -> None:
        super().__init__(recipe, options)
        self.data = novelty.NoveltyData(recipe.values, options.data)
        self.steps = options.steps or recipe.steps
        self.identity = f"{self.data.plans}{self.steps}"

    def plan(self) -> Plan:
        return Plan(self.steps, self.recipe.learning_rate, 0.08, self.recipe.ema, 12)

    def quantized_plan(self) -> Plan:
        return Plan(max(1, self.steps // 20), self.recipe.learning_rate / 20, None, 0.0, 1)

    def loss(self, phase: Phase) -> Loss:
        indices = self.data.batch(self.rng)
        x, widths = lines.collate(self.data.train, indices)
        printed = torch.tensor([len(self.data.train.texts[k]) > 0 for k in indices])
        seen = novelty.spoilt(x, widths, **self.recipe.denoise, rng=self.rng)
        outputs = phase.net(seen.to(self.device, memory_format=torch.channels_last))
        errors = novelty.errors(x.to(self.device), outputs, widths)
        loss = torch.where(printed, errors, torch.relu(1 - errors)).mean()
        return Loss(loss, loss, len(x))

    def errors(self, read: Reader, some: lines.Lines, most: int) -> numpy.ndarray:
        """Of lines, each at its own width: paper beyond its end would change it."""
        widths = numpy.array([len(pixels) for pixels in some.pixels[:most]])
        result = numpy.zeros(len(widths))
        for width in numpy.unique(widths):
            same = numpy.flatnonzero(widths == width)
            for part in novelty.batches(same, widths[same], COLUMNS):
                x, wide = lines.collate(some, part)
                result[part] = novelty.errors(x, read(x).clamp(0, 1).float(), wide).numpy()
        return result

    def measure(self, read: Reader, whole: bool) -> Measured:
        known, unseen, empty = (
            self.errors(read, some, len(some) if whole else MOST)
            for some in (self.data.known, self.data.unseen, self.data.empty)
        )
        self.table = novelty.table(known)
        text_free = area(empty, known)
        return Measured(
            text_free,
            f"not drawn again: {100 * numpy.mean(known):.2f} % of known print, "
            f"{100 * numpy.mean(unseen):.2f} % of fonts held out, {100 * numpy.mean(empty):.2f} % "
            f"of lines without text; area under the curve {area(unseen, known):.3f} for these "
            f"fonts, {text_free:.3f} for no text",
        )

    def calibration(self) -> torch.Tensor:
        train, rng = self.data.train, numpy.random.default_rng(self.recipe.seed)
        some = [k for k in rng.permutation(len(train))[:1000] if len(train.texts[k])]
        some.sort(key=lambda k: len(train.pixels[k]))
        middle = len(some) // 2
        return lines.collate(train, some[max(0, middle - 120) : middle + 120])[0]

    def limits(self, read: Reader, x: torch.Tensor) -> tuple[float, float]:
        # Bytes of ink, as the input's.
        return 0.0, 1.0

    def facts(self) -> dict[str, Any]:
        plans = self.data.plans
        return {
            "data": lines.drawn_words(plans),
            "data_sha256": hashlib.sha256(json.dumps(plans, sort_keys=True).encode()).hexdigest(),
            "lines": len(self.data.train),
            "validation_lines": len(self.data.known),
            "validation_families": self.recipe.validation_families,
        }

    def contract(self) -> dict[str, Any]:
        return {"novelty": {"shares": novelty.SHARES, "errors": self.table}}

    def about(self, written: Written[Measured]) -> tuple[str, list[str], str]:
        items = [
            f"Input a line as readers see it, {lines.HEIGHT} rows and any number of columns; every "
            f"{novelty.STEP} columns it draws the line's ink again at half its size, "
            f"{novelty.ROWS} rows of {novelty.COLUMNS}, from {self.narrowest()} values.",
            f"{written.training['lines']:,} lines to train on, those without text to be drawn "
            f"badly; of {len(self.data.known):,} other lines of the same fonts the manifest's "
            "`novelty` tells how badly they are drawn again.",
        ]
        summary = (
            f"Float: {written.float.words}.\n\nInt8: {written.exact.words}. Its accuracy in tables "
            "is the area under the curve for no text."
        )
        return "Tells how unlike known print a line is.", items, summary

    def narrowest(self) -> int:
        """Values to an output in the middle of the network."""
        return min(layer["output"][2] for layer in self.recipe.layers if layer["output"][0] == 1)

    def examples(self) -> numpy.ndarray:
        known, wide = self.data.known, self.recipe.input[1]
        fitting = [pixels for pixels in known.pixels if len(pixels) <= wide][:300]
        x = numpy.zeros((len(fitting), 1, lines.HEIGHT, wide), numpy.uint8)
        for row, pixels in zip(x, fitting):
            row[0, :, : len(pixels)] = pixels.T
        return x

    def state(self) -> dict[str, Any]:
        return {"waiting": self.data.waiting}

    def restore(self, saved: dict[str, Any]) -> None:
        self.data.waiting = saved["waiting"]

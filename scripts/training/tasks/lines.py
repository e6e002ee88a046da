"""Whole lines, whose text a network reads: connectionist temporal classification.

Lines may still be being made: where training is ahead of `scripts/python dataset.make --lines` it
waits.
"""

import hashlib
import json
import pathlib
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from torch.nn import functional as F

from training import lines, plots
from training.line_report import Report, evaluate, photograph_words
from training.lines import HEIGHT, STRIDE
from training.phase import Loss, Phase, Plan
from training.recipe import Recipe
from training.task import Measured, Options, Reader, Task, Written
from training.transfer import Trained


@dataclass(frozen=True)
class Reading(Measured):
    report: Report
    photographs: str


def lesson(
    logits: torch.Tensor,
    taught: torch.Tensor,
    widths: numpy.ndarray,
    rows: numpy.ndarray | None = None,
) -> torch.Tensor:
    """How far a network's columns are from its teacher's: the mean divergence of a column; of some
    lines only, if `rows` tells them."""
    apart = F.kl_div(logits, taught.log_softmax(2), reduction="none", log_target=True).sum(2)
    inside = torch.arange(logits.shape[1])[None, :] < torch.from_numpy(widths // STRIDE)[:, None]
    if rows is not None:
        inside = inside & torch.from_numpy(rows)[:, None]
    inside = inside.to(apart.device)
    return (apart * inside).sum() / inside.sum().clamp(min=1)


class LineTask(Task[Reading]):
    unit = "lines"

    def __init__(self, recipe: Recipe, options: Options) -> None:
        super().__init__(recipe, options)
        self.labels = lines.Labels(recipe.labels)
        self.data = lines.LineData(recipe.values, self.labels, options.data, options.photographs)
        if recipe.values.get("at_once"):
            self.data.grow(1)
        self.steps = options.steps or recipe.steps
        self.identity = f"{self.data.identity}{self.steps}"
        self.teacher = Trained(recipe.teacher, self.device) if "teacher" in recipe.values else None

    def plan(self) -> Plan:
        recipe = self.recipe
        rise = recipe.values.get("warm_up", 0.08)
        measured = recipe.values.get("measured", 20)
        return Plan(self.steps, recipe.learning_rate, rise, recipe.ema, measured)

    def loss(self, phase: Phase) -> Loss:
        data, steps = self.data, phase.plan.steps
        data.grow(phase.step / steps)
        indices = data.batch(self.rng)
        x, widths = lines.collate(data.train, indices)
        x, widths, stretch = lines.augment(x, widths, self.recipe.augment, self.rng)
        text, lengths, frames = lines.targets(data.train, indices, stretch)
        x = x.to(self.device, memory_format=torch.channels_last)
        # Half the bits where that loses nothing.
        with torch.autocast(
            self.device.type,
            dtype=torch.bfloat16,
            enabled=self.recipe.values.get("autocast", False),
        ):
            logits = phase.net(x)
            taught = self.teacher(x) if self.teacher else None
        logits = logits.float().log_softmax(2)
        loss = self.text_loss(logits, text, widths, torch.from_numpy(lengths))
        labels = lines.frame_labels(frames, widths, x.shape[3], self.labels).to(self.device)
        certain = F.nll_loss(
            logits.reshape(-1, logits.shape[2]), labels.reshape(-1), ignore_index=-1
        )
        # First where characters are, then what they are.
        high, low = self.recipe.frame_weight
        weight = high + (low - high) * min(1, phase.step / (0.1 * steps))
        total = loss + 4 * weight * certain
        if taught is not None:
            # What the teacher misreads of photographs is not to be learned.
            drawn = indices >= data.photographs
            rows = drawn if self.recipe.values.get("taught") == "drawn" else None
            apart = lesson(logits, taught.float(), widths, rows)
            total = total + self.recipe.teacher_weight * apart
        return Loss(total, loss, len(indices))

    def text_loss(
        self,
        logits: torch.Tensor,
        text: numpy.ndarray,
        widths: numpy.ndarray,
        lengths: torch.Tensor,
    ) -> torch.Tensor:
        loss = F.ctc_loss(
            logits.transpose(0, 1),
            torch.from_numpy(text),
            torch.from_numpy(widths // STRIDE),
            lengths,
            blank=self.labels.blank,
            reduction="none",
            zero_infinity=True,
        )
        # A line counts by the root of its length: long ones neither drown nor are drowned.
        return (loss / (lengths.to(self.device).float() + 1) ** 0.5).mean()

    def measure(self, read: Reader, whole: bool) -> Reading:
        data = self.data
        if whole:
            # Nothing is read yet where a training goes on after its last step.
            data.grow(1)
        report = evaluate(read, data.valid, len(data.valid) if whole else 1000)
        words, photographs = report.words(), ""
        if data.kinds:
            photographs = photograph_words(read, data.valid_photographs, data.kinds)
            words += f"\n{photographs}"
        return Reading(1 - report.error_rate(), words, report, photographs)

    def typical(self) -> torch.Tensor:
        self.data.grow(0)
        train = self.data.train
        middle = sorted(range(len(train)), key=lambda k: len(train.pixels[k]))
        return lines.collate(train, middle[len(middle) // 2 :][:200])[0]

    def calibration(self) -> torch.Tensor:
        self.data.grow(1)
        train, rng = self.data.train, numpy.random.default_rng(self.recipe.seed)
        printed = [k for k in rng.permutation(len(train))[:1000] if len(train.texts[k])]
        printed.sort(key=lambda k: len(train.pixels[k]))
        middle = len(printed) // 2
        return lines.collate(train, printed[middle - 120 : middle + 120])[0]

    def limits(self, read: Reader, x: torch.Tensor) -> tuple[float, float]:
        logits = read(x)
        return min(float(logits.min()), 0.0), max(float(logits.max()), 1e-3)

    def facts(self) -> dict[str, Any]:
        plans = self.data.plans
        return {
            "data": lines.drawn_words(plans),
            "data_sha256": hashlib.sha256(json.dumps(plans, sort_keys=True).encode()).hexdigest(),
            "lines": len(self.data.train),
            "validation_lines": len(self.data.valid),
            "validation_families": self.recipe.validation_families,
        }

    def about(self, written: Written[Reading]) -> tuple[str, list[str], str]:
        report, photographs = written.exact.report, written.exact.photographs
        names = self.recipe.labels[: self.labels.space] + ["none"]
        plots.write_curve(written.folder, written.curve)
        plots.write_confusion(written.folder, names, report.confusions)
        items = [
            f"Lines of {HEIGHT} rows and any width; {len(self.recipe.labels)} labels "
            f"({self.labels.space} characters, the space, nothing) for each second column; "
            f"{written.training['lines']:,} to train on."
        ]
        if self.teacher:
            items.append(f"Taught by `{pathlib.Path(self.recipe.teacher).name}` besides.")
        summary = [
            f"Float: {written.float.report.words()}.",
            f"Int8: {report.words()}.",
            plots.confusion_words(names, report.confusions),
            plots.SHOWN,
        ]
        if photographs:
            words = f"Lines of held-out photographs read exactly, spaces apart: {photographs}."
            summary.insert(2, words)
        return "Reads whole lines.", items, "\n\n".join(summary)

    def examples(self) -> numpy.ndarray:
        valid, wide = self.data.valid, self.recipe.input[1]
        fitting = [pixels for pixels in valid.pixels if len(pixels) <= wide][:400]
        x = numpy.zeros((len(fitting), 1, HEIGHT, wide), numpy.uint8)
        for row, pixels in zip(x, fitting):
            row[0, :, : len(pixels)] = pixels.T
        return x

    def drawn(self, seen: int) -> str:
        return f"{seen} lines, {len(self.data.train)} of them different"

    def state(self) -> dict[str, Any]:
        return {"waiting": self.data.waiting}

    def restore(self, saved: dict[str, Any]) -> None:
        self.data.waiting = saved["waiting"]

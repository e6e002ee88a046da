"""Finders of lines: what each sub-cell of a picture says of the line through it."""

from typing import Any

import numpy
import torch
from torch.nn import functional as F

from training import finder, judge_finder
from training.finder_data import FinderData
from training.phase import Net
from training.recipe import Recipe, macs
from training.task import Measured, Options, Reader, Written
from training.tasks.fields import FieldTask, Wanted

# Of height, x-height, baseline, slope, start, end.
GEOMETRY = torch.tensor([1.0, 0.8, 1.0, 1.5, 0.5, 0.5])
JUDGED = 150  # whole pictures


def divided(outputs: torch.Tensor) -> torch.Tensor:
    """[N, rows, columns, 16] -> [N, 2 rows, columns, 8]: depth to space."""
    count, rows, columns, _ = outputs.shape
    return (
        outputs.reshape(count, rows, columns, 2, 8)
        .permute(0, 1, 3, 2, 4)
        .reshape(count, 2 * rows, columns, 8)
    )


class FinderTask(FieldTask[Measured]):
    unit, counted = "crops", "pictures"
    limit = finder.RANGE
    data: FinderData

    def __init__(self, recipe: Recipe, options: Options) -> None:
        super().__init__(recipe, options, FinderData(recipe.values, options.data.split(",")))

    def losses(self, outputs: torch.Tensor, wanted: Wanted) -> tuple[torch.Tensor, torch.Tensor]:
        classes, geometry, weight, small = wanted
        outputs = divided(outputs.float())
        logits, truth = outputs[..., :2], classes.float()
        known = (classes >= 0).float()
        truth = truth.clamp(min=0)
        plain = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        # Focal: what is clear already counts little.
        wrong = (truth - torch.sigmoid(logits)).abs().detach()
        share = truth * weight[..., None] * 2 + (1 - truth)
        total = (truth * weight[..., None] * known).sum()
        core = (plain * wrong * share * known).sum() / (total + 20)
        apart = F.smooth_l1_loss(outputs[..., 2:], geometry, reduction="none", beta=1.0)
        factor = weight[..., None] * GEOMETRY.to(weight.device)
        factor = torch.cat(
            [factor[..., :1], factor[..., 1:2] * small[..., None], factor[..., 2:]], -1
        )
        return core, (apart * factor).sum() / (weight.sum() + 5)

    @torch.no_grad()
    def constrain(self, net: Net) -> None:
        # The first layer sees differences only: how light the picture is says nothing.
        net.weights[0] -= net.weights[0].mean((1, 2, 3), keepdim=True)

    def measure(self, read: Reader, whole: bool) -> Measured:
        """Losses, and how well sub-cells are told apart, on crops of held-out families."""
        total, hits, found, truths = numpy.zeros(2), 0, 0, 0
        for x, wanted in self.validation:
            outputs = read(x)
            total += [float(part) for part in self.losses(outputs, wanted)]
            chosen, known = divided(outputs)[..., :2] > 0, wanted[0] >= 0
            hits += int((chosen & (wanted[0] == 1)).sum())
            found += int((chosen & known).sum())
            truths += int((wanted[0] == 1).sum())
        total /= len(self.validation)
        return Measured(
            2 * hits / max(1, found + truths),
            f"core {total[0]:.4f}, geometry {total[1]:.4f}, "
            f"recall {hits / max(1, truths):.4f}, precision {hits / max(1, found):.4f}",
        )

    def contract(self) -> dict[str, Any]:
        return {"finder": finder.contract()}

    def about(self, written: Written[Measured]) -> tuple[str, list[str], str]:
        valid = self.data.valid
        count = min(len(valid), JUDGED)
        report = judge_finder.judge(
            judge_finder.reader(written.integer),
            (
                (valid.pixels[k], judge_finder.truths(valid.lines[k], valid.unread[k]))
                for k in range(count)
            ),
        )
        height, width, _ = written.manifest["input"]["shape"]
        products = sum(macs(layer) for layer in written.manifest["layers"])
        training, cell = written.training, finder.CELL
        items = [
            f"Gray pictures of any size, whole cells of {cell}x{cell} pixels; for each half cell "
            f"{len(finder.CHANNELS)} values: {', '.join(finder.CHANNELS)}.",
            f"{products * 320 * 240 // (height * width):,} multiplications and additions a picture "
            "of 320x240.",
            f"{training['pictures']:,} pictures to train on.",
            "Sub-cells of lines, harmonic mean of recall and precision: float "
            f"{100 * training['float_accuracy']:.2f} %, int8 "
            f"{100 * training['int8_accuracy']:.2f} %.",
        ]
        return "Finds lines of text.", items, f"On {count} whole pictures: {report.words()}."

    def examples(self) -> numpy.ndarray:
        shape = tuple(self.recipe.input[:2])
        rng = numpy.random.default_rng(3)
        crops = numpy.stack([self.data.validator.crop(shape, rng)[0] for _ in range(300)])
        return finder.TONE[crops][:, None]

"""Patches that hold one thing each, of which a network says what it is."""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from torch.nn import functional as F

from training import plots
from training.data import Data, augment
from training.net import FloatNet
from training.phase import Loss, Net, Phase, Plan
from training.recipe import Recipe
from training.task import Measured, Options, Reader, Task, Written
from training.transfer import Trained

LOSSES = ("cross_entropy", "hinge", "ring")


@dataclass(frozen=True)
class Predictions(Measured):
    found: torch.Tensor


def on_a_ring(labels: torch.Tensor, count: int, spread: float) -> torch.Tensor:
    """What is wanted of places on a drum, the last label apart: neighbours share, by a normal
    distribution of a deviation of `spread` places, since nobody tells them quite apart."""
    places = torch.arange(count - 1)
    away = (places - labels.cpu()[:, None]).abs()
    away = torch.minimum(away, count - 1 - away).float()
    wanted = torch.softmax(-0.5 * (away / spread) ** 2, 1)
    none = (labels.cpu() == count - 1)[:, None]
    return torch.cat([wanted * ~none, none.float()], 1)


class CharacterTask(Task[Predictions]):
    unit = "patches"
    clip = None
    memory_format = torch.contiguous_format

    def __init__(self, recipe: Recipe, options: Options) -> None:
        super().__init__(recipe, options)
        self.kind = recipe.values.get("loss", "cross_entropy")
        if self.kind not in LOSSES:
            raise SystemExit(f"loss is one of {', '.join(LOSSES)}")
        if recipe.positions > 1:
            raise SystemExit(f"{recipe.name} reads lines; patches here hold one character")
        print(f"reading {options.data}", file=sys.stderr)
        self.data = Data(recipe, options.data)
        print(
            f"{len(self.data.train_labels)} training and {len(self.data.valid_labels)} "
            f"validation patches, {len(self.data.families)} families, "
            f"{len(self.data.held_out)} held out",
            file=sys.stderr,
        )
        self.teacher = Trained(recipe.teacher, self.device) if "teacher" in recipe.values else None
        self.samples = options.samples or recipe.samples
        self.identity = f"{self.data.hash}{self.samples}"
        self.part = torch.randperm(
            len(self.data.valid_labels), generator=torch.Generator().manual_seed(1)
        )[:20_000]

    def plan(self) -> Plan:
        return self.in_samples(self.samples, self.recipe.learning_rate, 0.15)

    def quantized_plan(self) -> Plan | None:
        if not self.recipe.quantized_samples:
            return None
        samples = min(self.recipe.quantized_samples, self.samples)
        return self.in_samples(samples, self.recipe.quantized_learning_rate, 0.05)

    def in_samples(self, samples: int, rate: float, rise: float) -> Plan:
        measured = self.recipe.values.get("measured", 20)
        return Plan(max(1, samples // self.recipe.batch), rate, rise, self.recipe.ema, measured)

    def loss(self, phase: Phase) -> Loss:
        indices = self.data.draw(self.recipe.batch, self.generator)
        labels = self.data.train_labels[indices].to(self.device)
        x = self.augmented(indices)
        logits = phase.net(x)
        loss = self.loss_of(logits, labels)
        if self.teacher is None:
            return Loss(loss, loss, len(indices))
        # What the teacher misreads of users' own is not to be learned.
        apart = F.kl_div(
            logits.log_softmax(1),
            self.teacher(x).log_softmax(1),
            reduction="none",
            log_target=True,
        )
        drawn = ~self.data.train_own[indices].to(self.device)
        taught = (apart.sum(1) * drawn).sum() / drawn.sum().clamp(min=1)
        return Loss(loss + self.recipe.teacher_weight * taught, loss, len(indices))

    def augmented(self, indices: torch.Tensor) -> torch.Tensor:
        patches = self.data.train_patches[indices].to(self.device)
        return augment(patches, self.recipe.augment, self.generator)

    def loss_of(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if self.kind == "hinge":
            # Crammer and Singer's: the true class ahead of every other by 1.
            rivals = logits.scatter(1, labels[:, None], float("-inf")).amax(1)
            return F.relu(1 + rivals - logits.gather(1, labels[:, None])[:, 0]).mean()
        if self.kind == "ring":
            labels = on_a_ring(labels, logits.shape[1], self.recipe.spread).to(logits.device)
        return F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)

    def constrain(self, net: Net) -> None:
        if isinstance(net, FloatNet):
            net.keep_monotone()

    def measure(self, read: Reader, whole: bool) -> Predictions:
        indices = torch.arange(len(self.data.valid_labels)) if whole else self.part
        found = torch.cat(
            [
                read(self.data.valid_patches[part].float() / 255).argmax(1)
                for part in indices.split(1024)
            ]
        )
        right = float((found == self.data.valid_labels[indices]).double().mean())
        return Predictions(right, f"accuracy {100 * right:.2f} % of {len(indices)}", found)

    def typical(self) -> torch.Tensor:
        return self.data.train_patches[self.data.draw(1024, self.generator)].float() / 255

    def unlabelled(self) -> tuple[torch.Tensor, str]:
        return self.data.unlabelled, self.data.hash

    def calibration(self) -> torch.Tensor:
        return self.augmented(self.data.draw(4096, self.generator))

    def limits(self, read: Reader, x: torch.Tensor) -> tuple[float, float]:
        """From the least that comes second to the greatest: what is below never wins, and the steps
        that it would take tell those apart that may."""
        indices = self.data.draw(min(50_000, 4 * len(self.data.train_labels)), self.generator)
        low, high = math.inf, 0.0
        for part in indices.split(1024):
            best = read(self.data.train_patches[part].float() / 255).topk(2, 1).values
            low, high = min(low, float(best[:, 1].min())), max(high, float(best.max()))
        return min(low, 0.0), high

    def fitness(self, read: Reader) -> float:
        labels, right = self.data.train_labels, 0
        chosen = torch.randperm(len(labels), generator=torch.Generator().manual_seed(2))
        for part in chosen[:20_000].split(1024):
            found = read(self.data.train_patches[part].float() / 255).argmax(1)
            right += int((found == labels[part]).sum())
        return right / min(len(labels), 20_000)

    def facts(self) -> dict[str, Any]:
        return {
            "data": self.data.description,
            "data_sha256": self.data.hash,
            "patches": len(self.data.train_labels),
            "validation_patches": len(self.data.valid_labels),
            "validation_families": self.data.held_out,
        }

    def about(self, written: Written[Predictions]) -> tuple[str, list[str], str]:
        report = plots.write_reports(
            written.folder,
            self.recipe.labels,
            self.data.valid_labels.numpy(),
            written.exact.found.numpy(),
            self.data.valid_tiers.numpy(),
            written.curve,
        )
        training = written.training
        items = [
            f"One of {len(self.recipe.labels)} labels for each of "
            f"{training['patches']:,} patches to train on.",
            f"Accuracy on {training['validation_patches']:,} held-out patches: float "
            f"{100 * training['float_accuracy']:.2f} %, int8 "
            f"{100 * training['int8_accuracy']:.2f} % (by the exact integer arithmetic).",
        ]
        return "Tells what a patch holds.", items, f"{report}\n\n{plots.SHOWN}"

    def examples(self) -> numpy.ndarray:
        return self.data.valid_patches.numpy()

"""What finders and aligners have in common: outputs for each place, of which some is geometry."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy
import torch

from training.lines import drawn_words
from training.net import FloatNet
from training.phase import Loss, Phase, Plan
from training.recipe import Recipe
from training.task import M, Options, Reader, Task

Wanted = Sequence[torch.Tensor]


class FieldData(Protocol):
    plans: list[dict[str, Any]]

    def digest(self) -> str:
        """What tells data from others."""

    def batch(
        self, rng: numpy.random.Generator, pixels: int, valid: bool = False
    ) -> tuple[torch.Tensor, Wanted]:
        """Inputs of about so many pixels together, and what is wanted of each."""

    def sizes(self) -> tuple[int, int]:
        """How many there are to train on, and how many to validate on."""


class FieldTask(Task[M]):
    goes_on = True
    counted: str  # what data are made of
    limit: tuple[float, float]  # of outputs
    data: FieldData

    def __init__(self, recipe: Recipe, options: Options, data: FieldData) -> None:
        super().__init__(recipe, options)
        self.data = data
        self.steps = options.steps or recipe.steps
        self.identity = f"{data.digest()}{self.steps}"
        rng = numpy.random.default_rng(5)
        self.validation: list[tuple[torch.Tensor, Wanted]] = []
        while self.validated() < recipe.validation_crops:
            self.validation.append(data.batch(rng, recipe.batch_pixels, True))

    def validated(self) -> int:
        return sum(len(x) for x, _ in self.validation)

    def plan(self) -> Plan:
        return Plan(self.steps, self.recipe.learning_rate, 0.08, self.recipe.ema, 12)

    def quantized_plan(self) -> Plan:
        steps = min(self.recipe.quantized_steps, self.steps)
        return Plan(steps, self.recipe.learning_rate / 20, None, 0.0, 1)

    @abstractmethod
    def losses(self, outputs: torch.Tensor, wanted: Wanted) -> tuple[torch.Tensor, torch.Tensor]:
        """Of what is where, of its geometry."""

    def loss(self, phase: Phase) -> Loss:
        if isinstance(phase.net, FloatNet):
            if phase.step >= self.recipe.freeze * phase.plan.steps:
                phase.fix_normalization()
        x, wanted = self.data.batch(self.rng, self.recipe.batch_pixels)
        outputs = phase.net(x.to(self.device, memory_format=torch.channels_last))
        core, shape = self.losses(outputs, [part.to(self.device) for part in wanted])
        return Loss(core + shape, core + shape, len(x))

    def calibration(self) -> torch.Tensor:
        """The widest of some batches."""
        rng = numpy.random.default_rng(self.recipe.seed)
        batches = [self.data.batch(rng, self.recipe.batch_pixels // 4)[0] for _ in range(8)]
        return max(batches, key=lambda x: x.shape[2])

    def limits(self, read: Reader, x: torch.Tensor) -> tuple[float, float]:
        return self.limit

    def facts(self) -> dict[str, Any]:
        train, valid = self.data.sizes()
        return {
            "data": drawn_words(self.data.plans),
            "data_sha256": self.data.digest(),
            self.counted: train,
            f"validation_{self.counted}": valid,
            "validation_families": self.recipe.validation_families,
        }

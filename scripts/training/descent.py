"""How a training descends: optimizers and the schedules of their rate, by recipe."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import nn
from torch.optim import lr_scheduler

from training.recipe import Recipe

OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam", "adamw")
# The rate's share of its greatest, by the share of the steps that are done.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1 - done,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    "steps": lambda done: 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01,
}
ONE_CYCLE = "one-cycle"  # rises, then falls


@dataclass(frozen=True)
class Descent:
    """An optimizer and its schedule; without one the phase's plan says how the rate goes."""

    optimizer: str = "adamw"
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str | None = None

    @classmethod
    def of(cls, recipe: Recipe) -> Self:
        values = recipe.values
        made = cls(
            values.get("optimizer", "adamw"),
            values.get("momentum", 0.9),
            recipe.weight_decay,
            values.get("schedule"),
        )
        if made.optimizer not in OPTIMIZERS:
            raise SystemExit(f"optimizer is one of {', '.join(OPTIMIZERS)}")
        if made.schedule not in (None, ONE_CYCLE, *SCHEDULES):
            raise SystemExit(f"schedule is one of {ONE_CYCLE}, {', '.join(SCHEDULES)}")
        return made

    def optimizer_of(self, net: nn.Module, rate: float) -> torch.optim.Optimizer:
        """Biases and normalizations don't decay."""
        trained = [p for p in net.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.dim() > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
        ]
        if self.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=rate)
        if self.optimizer == "momentum":
            return torch.optim.SGD(groups, lr=rate, momentum=self.momentum)
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(groups, lr=rate)
        if self.optimizer == "adam":
            return torch.optim.Adam(groups, lr=rate)
        return torch.optim.AdamW(groups, lr=rate)

    def schedule_of(
        self, optimizer: torch.optim.Optimizer, rate: float, steps: int, rise: float | None
    ) -> lr_scheduler.OneCycleLR | lr_scheduler.LambdaLR:
        """`rise` is the share of the steps in which one cycle rises, None where the rate falls from
        the start."""
        name = self.schedule or ("linear" if rise is None else ONE_CYCLE)
        if name == ONE_CYCLE:
            return lr_scheduler.OneCycleLR(
                optimizer,
                max_lr=rate,
                total_steps=steps + 1,
                pct_start=0.15 if rise is None else rise,
                cycle_momentum=self.optimizer in ("momentum", "adam", "adamw"),
            )
        share = SCHEDULES[name]
        return lr_scheduler.LambdaLR(optimizer, lambda step: share(step / max(1, steps)))

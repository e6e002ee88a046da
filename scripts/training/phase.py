"""A phase of a training: a network, its optimizer, its averaged weights."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn

from training.descent import Descent
from training.net import FloatNet, QuantizedNet

Net = FloatNet | QuantizedNet


@dataclass(frozen=True)
class Plan:
    """How a phase of a training goes."""

    steps: int
    rate: float
    rise: float | None  # share of the steps in which the rate rises; None: it falls from the start
    keep: float  # what averaged weights keep at each step
    measured: int  # times


class Loss(NamedTuple):
    total: torch.Tensor
    told: torch.Tensor  # what of it is shown
    samples: int


class Phase:
    """A network on its way: its optimizer, its averaged weights, how far it is."""

    def __init__(self, name: str, net: Net, plan: Plan, descent: Descent) -> None:
        self.name, self.net, self.plan = name, net, plan
        self.optimizer = descent.optimizer_of(net, plan.rate)
        self.schedule = descent.schedule_of(self.optimizer, plan.rate, plan.steps, plan.rise)
        self.start_average(net.state_dict())
        self.step = self.seen = 0
        self.loss: torch.Tensor | None = None
        self.fixed = False

    def start_average(self, weights: dict[str, torch.Tensor]) -> None:
        self.average = {key: value.clone() for key, value in weights.items()}

    def state(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average,
            "step": self.step,
            "seen": self.seen,
            "loss": self.shown_loss(),
            "fixed": self.fixed,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])
        for key, value in self.average.items():
            value.copy_(saved["average"][key])
        self.step, self.seen = saved["step"], saved.get("seen", 0)
        self.loss = None if saved["loss"] is None else torch.tensor(saved["loss"])
        self.fixed = saved.get("fixed", False)

    def advance(self, loss: Loss, clip: float | None, constrain: Callable[[Net], None]) -> None:
        """One step. `clip` is the gradients' greatest norm, `constrain` brings weights back to
        where they have to be."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        if clip:
            nn.utils.clip_grad_norm_(self.net.parameters(), clip)
        self.optimizer.step()
        self.schedule.step()
        constrain(self.net)
        self.step += 1
        self.seen += loss.samples
        self.update_average()
        # Kept where it was computed: to fetch each would keep a GPU waiting.
        told = loss.told.detach()
        self.loss = told if self.loss is None else self.loss.to(told.device).lerp(told, 0.02)

    @torch.no_grad()
    def update_average(self) -> None:
        # Early on the average would lag behind.
        keep = min(self.plan.keep, (1 + self.step) / (10 + self.step))
        for key, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.average[key].mul_(keep).add_(value, alpha=1 - keep)
            else:
                self.average[key].copy_(value)

    def averaged(self) -> Net:
        twin = copy.deepcopy(self.net)
        twin.load_state_dict(self.average)
        return twin.eval()

    @torch.no_grad()
    def fix_normalization(self) -> None:
        """From here on normalization is by fixed statistics, as in use."""
        if not self.fixed:
            for name, value in self.net.named_buffers():
                value.copy_(self.average[name])
        self.fixed = True
        for norm in self.net.norms:
            norm.eval()

    def shown_loss(self) -> float | None:
        if self.loss is None:
            return None
        value = float(self.loss)
        if not value == value:
            raise SystemExit("the loss is not a number: lower the learning rate")
        return value

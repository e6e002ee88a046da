"""int8 simulated in floating point: rounding, scales, ranges."""

from typing import Any

import torch


class Round(torch.autograd.Function):
    """Rounds; the gradient passes as if it did not."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.round(x)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient


def weight_scale(weight: torch.Tensor) -> torch.Tensor:
    """One a channel, so that the greatest weight becomes 127."""
    return weight.detach().flatten(1).abs().amax(1).clamp(min=1e-6) / 127


def nudged(low: float, high: float) -> tuple[float, int]:
    """The range of 256 steps near low...high of which one is 0, as (scale, zero point)."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max(high - low, 1e-3) / 255
    return scale, int(max(-128, min(round(-128 - low / scale), 127)))


def stepped(x: torch.Tensor, scale: float, zero_point: int) -> torch.Tensor:
    """Rounded to int8 and back."""
    x = x.clamp(scale * (-128 - zero_point), scale * (127 - zero_point))
    return Round.apply(x / scale) * scale

"""Scaling and rounding of whole numbers as TensorFlow Lite Micro does both."""

import math

import numpy
import torch


def multiplier_and_shift(
    input_scale: float, weight_scale: float, output_scale: float
) -> tuple[int, int]:
    """Q31 multiplier and power of two from float32 scales."""
    scale = (
        float(numpy.float32(input_scale))
        * float(numpy.float32(weight_scale))
        / float(numpy.float32(output_scale))
    )
    mantissa, exponent = math.frexp(scale)
    multiplier = math.floor(mantissa * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier, exponent = multiplier // 2, exponent + 1
    if exponent < -31:
        multiplier, exponent = 0, 0
    return multiplier, exponent


def requantize(sums: torch.Tensor, multipliers: torch.Tensor, shifts: torch.Tensor) -> torch.Tensor:
    """int64 sums [..., channels] to the output scale, rounding twice."""
    left, right = shifts.clamp(min=0), (-shifts).clamp(min=0)
    high = ((sums << left) * multipliers + 2**30) >> 31
    mask = (torch.ones_like(right) << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0).long()).long()


def halved(values: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
    """values / 2^bits, rounded with halves away from 0."""
    mask = (torch.ones_like(bits) << bits) - 1
    return (values >> bits) + ((values & mask) > (mask >> 1) + (values < 0).long()).long()


def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The doubling high half of a product of 32-bit numbers, rounded."""
    return (a * b + 2**30) >> 31

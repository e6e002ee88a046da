"""A filter of one weight and a bias that gives a table's values, bit for bit, where there is one.

What a normalization makes of a byte is a line, rounded. A depthwise convolution of one by one
computes a rounded line a channel too, and its scale leaves it free which.
"""

import math
from typing import NamedTuple

import numpy

from training.arithmetic import multiplier_and_shift
from training.functions import scaled

LARGEST = 127
BIASES = 4096  # to try at most for a weight
ENOUGH = 1e-5  # of a factor's own size, to lie anywhere: a hundred times what float32 tells apart


class Filter(NamedTuple):
    weight: int
    bias: int
    scale: float


def filter_of(
    inputs: numpy.ndarray, outputs: numpy.ndarray, before: float, after: float, zero_point: int
) -> Filter | None:
    """`inputs` are int8 less their zero point and `outputs` int8 as they are; `before` and `after`
    are their scales. The first line that gives them with room to spare, or the one with most."""
    values = outputs - zero_point
    top, bottom = outputs == 127, outputs == -128
    between = ~(top | bottom)
    if len(numpy.unique(values[between])) < 2:
        return None
    slope, height = numpy.polyfit(inputs[between], values[between], 1)
    found: tuple[float, Filter] | None = None
    for size in range(LARGEST, LARGEST // 2, -1):
        weight = int(math.copysign(size, slope))
        factor = slope / weight
        # Products are rounded twice: at first to so much of a step, then halves away from 0.
        coarse = 2.0 ** min(math.frexp(factor)[1], 0) / 2
        # Where outputs are saturated, whatever is beyond will do.
        least_of = values - 0.5 + numpy.where(values > 0, -coarse, coarse)
        most_of = values + 0.5 - numpy.where(values < 0, -coarse, coarse)
        low = numpy.where(bottom, -numpy.inf, least_of)
        high = numpy.where(top, numpy.inf, most_of)
        reach = min(math.ceil(1 / factor), BIASES // 2)
        biases = round(height / factor) + numpy.arange(-reach, reach + 1)
        sums = weight * inputs + biases[:, None]
        with numpy.errstate(divide="ignore", invalid="ignore"):
            ends = numpy.stack([low / sums, high / sums])
        ends[:, sums == 0] = numpy.nan
        least = numpy.nanmax(ends.min(0), 1)
        most = numpy.nanmin(ends.max(0), 1)
        # A sum of 0 gives 0, whatever the factor.
        right = ((sums != 0) | ((low <= 0) & (high >= 0))).all(1) & (least > 0)
        room = numpy.where(right, most / least - 1, 0)
        best = int(room.argmax())
        if room[best] > (found[0] if found else 0):
            scale = float(numpy.float32((least[best] + most[best]) / 2 * after / before))
            found = float(room[best]), Filter(weight, int(biases[best]), scale)
            if room[best] > ENOUGH:
                break
    if found is None:
        return None
    chosen = found[1]
    how = multiplier_and_shift(before, chosen.scale, after)
    steps = [scaled(chosen.weight * int(value) + chosen.bias, *how) for value in inputs]
    given = numpy.clip(numpy.array(steps) + zero_point, -128, 127)
    return chosen if numpy.array_equal(given, outputs) else None

"""Aligners: what their outputs mean, and where they put a line's text.

An aligner looks at a line as it was drawn, 32 rows high, and says every 8 columns whether the
line's own text runs there, and where that is: finders see a whole picture and so place each line a
bit off.
"""

from collections.abc import Sequence

import numpy

from dataset.geometry import ALIGNER, LINE

STEP = ALIGNER.step  # columns to an output
CHANNELS = ("text", "height", "baseline", "start", "end")
TEXT, HEIGHT, BASELINE, START, END = range(5)
# Of a line that is drawn as it should be.
ROWS, BASE, CAP = LINE.rows, float(LINE.base_row), float(LINE.capital_rows)

# Logits are int8 / 16, zero point 0. Geometry as the network gives it: (value - middle) * factor.
#   height    log2(rows of capitals / 16)
#   baseline  rows from where it should be down to the baseline at the middle of the 8 columns, / 16
#   start     from there back to the text's start, in steps; 3.5 at most
#   end       the same to its end
STEPS = 16
RANGE = (-128 / STEPS, 127 / STEPS)
MIDDLE = numpy.array(ALIGNER.middles, numpy.float32)
FACTOR = numpy.array(ALIGNER.factors, numpy.float32)
FARTHEST = 3.5
PRIOR = 400.0  # columns^2: how much a level baseline counts beside the course of what is seen


def wanted(
    line: Sequence[float] | numpy.ndarray, width: int
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """([n] whether text is there, [n, 4] geometry) of a line; see scripts/dataset/offsets.py."""
    middles = STEP * (numpy.arange(width // STEP) + 0.5)
    baseline, rise, cap, start, end = line
    if not baseline == baseline:
        return numpy.zeros(len(middles), numpy.float32), numpy.zeros(
            (len(middles), 4), numpy.float32
        )
    reach = max(0.0, (STEP - (end - start)) / 2)  # one of the middles is on the shortest text
    text = (middles > start - reach) & (middles < end + reach)
    values = numpy.stack(
        [
            numpy.full(len(middles), numpy.log2(cap / CAP)),
            (baseline + rise * middles - BASE) / CAP,
            numpy.clip((middles - start) / STEP, 0, FARTHEST),
            numpy.clip((end - middles) / STEP, 0, FARTHEST),
        ],
        1,
    )
    return text.astype(numpy.float32), ((values - MIDDLE[1:]) * FACTOR[1:]).astype(numpy.float32)


def line_of(outputs: numpy.ndarray) -> tuple[float, float, float, float, float] | None:
    """(baseline at column 0, rise, rows of capitals, start, end) by [n, 5] outputs, or None."""
    chosen = numpy.flatnonzero(outputs[:, TEXT] > 0)
    if not len(chosen):
        return None
    weight = 1 / (1 + numpy.exp(-outputs[chosen, TEXT]))
    total = weight.sum()
    values = outputs[chosen] / FACTOR + MIDDLE
    x = STEP * (chosen + 0.5)
    y = BASE + CAP * values[:, BASELINE]
    middle_x, middle_y = (weight * x).sum() / total, (weight * y).sum() / total
    rise = (weight * (x - middle_x) * (y - middle_y)).sum() / (
        (weight * (x - middle_x) ** 2).sum() + PRIOR * total
    )
    cap = CAP * 2 ** ((weight * values[:, HEIGHT]).sum() / total)
    first, last = x <= x[0] + STEP, x >= x[-1] - STEP
    start = (weight * (x - STEP * values[:, START]))[first].sum() / weight[first].sum()
    end = (weight * (x + STEP * values[:, END]))[last].sum() / weight[last].sum()
    return middle_y - rise * middle_x, rise, cap, start, end

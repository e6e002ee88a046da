"""Finders of lines: what their outputs mean, and a plain decoder from logits to lines.

A finder looks at a gray picture once. Each of its cells, 8x8 pixels, has two sub-cells, the upper
and the lower half, and each of these says whether a line of text runs through its centre and how.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy

from dataset.geometry import FINDER

CELL = FINDER.cell
GRAIN = 16  # pictures are padded to multiples: the coarsest layer halves cells once
CHANNELS = ("dark", "light", "height", "x_height", "baseline", "slope", "start", "end")
LABELS = [f"{half} {name}" for half in ("upper", "lower") for name in CHANNELS]
DARK, LIGHT, HEIGHT, X_HEIGHT, BASELINE, SLOPE, START, END = range(8)

# Logits are int8 / 16, zero point 0.
STEPS = 16
RANGE = (-128 / STEPS, 127 / STEPS)
# Geometry as the network gives it: (value - middle) * factor, so that all channels fill one range.
#   height    log2(cap / 14), cap = height of capitals in pixels
#   x_height  log2(x-height / cap), 0 for text without small letters
#   baseline  from the sub-cell's centre down to the baseline, perpendicular to it, in caps
#   slope     rise over run of the baseline, positive downwards to the right
#   start     from the sub-cell's centre along the line back to its left end, in cells; 3.5 at most
#   end       the same to its right end
MIDDLE = numpy.array(FINDER.middles, numpy.float32)
FACTOR = numpy.array(FINDER.factors, numpy.float32)
TYPICAL = float(FINDER.typical_height)
FARTHEST = 3.5

# Gray values before the network: light divides out.
TONE = numpy.round(255 * numpy.log1p(numpy.arange(256) / 24) / numpy.log1p(255 / 24)).astype(
    numpy.uint8
)

# The decoder.
CORE = 0.0  # least logit of a sub-cell that belongs to a line
GAP = 2  # cells without text between neighbours in a line
BASELINE_AGREES = 0.35  # baselines of neighbours, caps
HEIGHT_AGREES = 0.35  # heights of neighbours, log2
PRIOR = 30.0  # pixels^2: how much the sub-cells' own slopes count beside the course of baselines
WORST = 0.6  # least mean probability of a line
SUITED = (9.0, 22.0)  # capitals, in pixels of its level, that a level is best for
UNSUITED = 0.5  # score lost an octave outside
OVERLAP = 0.5  # share of a line's area inside a better one, from which on it is dropped


@dataclass(frozen=True)
class FoundLine:
    """A line of text in pixels of the whole picture; a pixel covers [i, i+1]."""

    light: bool
    slope: float
    baseline: float  # y at x = 0
    height: float  # of capitals, perpendicular to the baseline
    x_height: float
    start: float  # x of the baseline's ends
    end: float
    score: float  # mean probability of its sub-cells
    level: int

    def rank(self) -> float:
        """Score less what its size doesn't suit its level."""
        cap = self.height / 2**self.level
        outside = max(
            numpy.log2(SUITED[0] / cap) if self.level else 0.0, numpy.log2(cap / SUITED[1]), 0.0
        )
        return self.score - UNSUITED * float(outside)


def contract() -> dict[str, Any]:
    """What a model's manifest says of its input and outputs."""
    return {
        "cell": CELL,
        "tone": "round(255 ln(1 + gray / 24) / ln(1 + 255 / 24))",
        "channels": list(CHANNELS),
        "logit_step": 1 / STEPS,
        "middle": MIDDLE.tolist(),
        "factor": FACTOR.tolist(),
        "typical_height": TYPICAL,
        "farthest": FARTHEST,
    }


def levels(picture: numpy.ndarray, count: int = 4) -> list[numpy.ndarray]:
    """The picture and its halves, each gone on as in a mirror up to multiples of GRAIN."""
    result = []
    for level in range(count):
        if level:
            picture = halved(picture)
        result.append(padded(picture, GRAIN, "reflect"))
    return result


def padded(
    picture: numpy.ndarray, multiple: int, mode: Literal["edge", "reflect"] = "edge"
) -> numpy.ndarray:
    return numpy.pad(picture, [(0, -side % multiple) for side in picture.shape], mode)


def halved(picture: numpy.ndarray) -> numpy.ndarray:
    """Means of 2x2 pixels, halves up."""
    wide = padded(picture, 2).astype(numpy.uint16)
    return (
        (wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2] + 2) // 4
    ).astype(numpy.uint8)


def sub_cells(logits: numpy.ndarray) -> numpy.ndarray:
    """int8 [rows, columns, 16] -> real values [2 rows, columns, 8]: depth to space."""
    rows, columns, _ = logits.shape
    values = logits.reshape(rows, columns, 2, 8).transpose(0, 2, 1, 3)
    return values.reshape(2 * rows, columns, 8).astype(numpy.float32) / STEPS


@functools.lru_cache(maxsize=64)
def centres(rows: int, columns: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """x and y [rows, columns] of sub-cells' centres; rows are sub-cells'."""
    y, x = numpy.mgrid[:rows, :columns]
    return x * CELL + CELL / 2, y * (CELL / 2) + CELL / 4


def lines_of(logits: numpy.ndarray, level: int = 0) -> list[FoundLine]:
    """The lines that a finder's int8 logits [rows, columns, 16] of one level show."""
    values = sub_cells(logits)
    x, y = centres(*values.shape[:2])
    result = []
    for light in (False, True):
        mine, other = (LIGHT, DARK) if light else (DARK, LIGHT)
        chosen = (values[..., mine] > CORE) & (values[..., mine] >= values[..., other] + light / 32)
        # Column by column, from above.
        order = numpy.argwhere(chosen.T)
        if not len(order):
            continue
        at = (order[:, 1], order[:, 0])
        cells = Cells(values[at], x[at], y[at], values[at][:, mine])
        for group in cells.groups():
            line = cells.line(group, light, level)
            if line.score >= WORST:
                result.append(line)
    return result


class Cells:
    """Sub-cells of one polarity that are part of some line."""

    def __init__(
        self, values: numpy.ndarray, x: numpy.ndarray, y: numpy.ndarray, logit: numpy.ndarray
    ) -> None:
        geometry = values / FACTOR + MIDDLE
        self.column = x
        self.octave = geometry[:, HEIGHT]
        self.cap = TYPICAL * numpy.exp2(geometry[:, HEIGHT])
        self.x_height = geometry[:, X_HEIGHT]
        self.slope = geometry[:, SLOPE]
        self.cosine = 1 / numpy.sqrt(1 + self.slope**2)
        down = geometry[:, BASELINE] * self.cap
        # The foot of each centre on its baseline.
        self.x = x - down * self.slope * self.cosine
        self.y = y + down * self.cosine
        self.left = self.x - CELL * geometry[:, START] * self.cosine
        self.right = self.x + CELL * geometry[:, END] * self.cosine
        self.probability = 1 / (1 + numpy.exp(-logit))

    def groups(self) -> Iterator[list[int]]:
        """Index lists of sub-cells that are connected by neighbours which agree."""
        near = numpy.abs(self.column[:, None] - self.column) <= CELL * (GAP + 1)
        slope = (self.slope[:, None] + self.slope) / 2
        apart = numpy.abs(self.y[:, None] - self.y - slope * (self.x[:, None] - self.x))
        near &= apart <= BASELINE_AGREES * numpy.minimum(self.cap[:, None], self.cap)
        near &= numpy.abs(self.octave[:, None] - self.octave) <= HEIGHT_AGREES
        waiting = numpy.ones(len(self.x), bool)
        for first in range(len(self.x)):
            if not waiting[first]:
                continue
            group, front = [], [first]
            waiting[first] = False
            while front:
                k = front.pop()
                group.append(k)
                more = numpy.flatnonzero(near[k] & waiting)
                waiting[more] = False
                front += more.tolist()
            yield sorted(group)

    def line(self, group: list[int], light: bool, level: int) -> FoundLine:
        """The line through a group's baselines."""
        weight = self.probability[group]
        total = weight.sum()
        x, y = self.x[group], self.y[group]
        middle_x, middle_y = (weight * x).sum() / total, (weight * y).sum() / total
        own = (weight * self.slope[group]).sum() / total
        slope = ((weight * (x - middle_x) * (y - middle_y)).sum() + PRIOR * total * own) / (
            (weight * (x - middle_x) ** 2).sum() + PRIOR * total
        )
        height = TYPICAL * 2 ** median(self.octave[group], weight)
        x_height = height * 2 ** min(median(self.x_height[group], weight), 0.0)
        column = self.column[group]
        ends = []
        for places, outer in (
            (self.left, column <= column.min() + CELL),
            (self.right, column >= column.max() - CELL),
        ):
            ends.append((weight * places[group])[outer].sum() / weight[outer].sum())
        scale = 2**level
        return FoundLine(
            light,
            float(slope),
            float((middle_y - slope * middle_x) * scale),
            float(height * scale),
            float(x_height * scale),
            float(ends[0] * scale),
            float(max(ends) * scale),
            float(weight.mean()),
            level,
        )


def median(values: numpy.ndarray, weights: numpy.ndarray) -> float:
    """The first value in order with which half of the weight is reached."""
    order = numpy.argsort(values, kind="stable")
    sums = numpy.cumsum(weights[order])
    return float(values[order][numpy.searchsorted(sums, sums[-1] / 2)])


def inside(line: FoundLine, other: FoundLine) -> float:
    """The share of a line's area that lies within another one, by 9 x 3 points."""
    x = line.start + (line.end - line.start) * (numpy.arange(9) + 0.5) / 9
    up = line.height * numpy.array([[0.2], [0.5], [0.8]])
    cosine = 1 / (1 + line.slope**2) ** 0.5
    x, y = x + up * line.slope * cosine, line.baseline + line.slope * x - up * cosine
    cosine = 1 / (1 + other.slope**2) ** 0.5
    over = (other.baseline + other.slope * x - y) * cosine / other.height
    foot = x - over * other.height * other.slope * cosine
    return float(((over > 0) & (over < 1) & (foot > other.start) & (foot < other.end)).mean())


def merged(lines: list[FoundLine]) -> list[FoundLine]:
    """The lines of all levels and polarities without those that overlap better ones."""
    kept: list[FoundLine] = []
    for line in sorted(lines, key=lambda line: -line.rank()):
        if all(max(inside(line, other), inside(other, line)) < OVERLAP for other in kept):
            kept.append(line)
    return kept


def find(
    picture: numpy.ndarray, logits_of: Callable[[numpy.ndarray], numpy.ndarray], count: int = 4
) -> list[FoundLine]:
    """Lines of a gray uint8 picture; `logits_of` takes a toned picture of whole cells."""
    found = []
    for level, smaller in enumerate(levels(picture, count)):
        found += lines_of(logits_of(TONE[smaller]), level)
    return merged(found)

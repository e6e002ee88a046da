"""Outputs that a finder should give for a crop whose lines are known."""

import numpy

from training import finder
from training.finder import CELL, FACTOR, FARTHEST, MIDDLE, TYPICAL

# Capitals, pixels: trained as text, left open, and background beyond.
SURE = (6.0, 30.0)
OPEN = (4.5, 40.0)
EITHER = 2  # as polarity: relief
# Heights over the baseline that are a line's core; small lines have a sub-cell's height at least.
CORE, LEAST = 0.3, 2.2
STEEPEST = 1.05

Shape = tuple[int, int]
# As `targets` gives them.
Targets = tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]


class Lines:
    """Lines of a crop: ends of baselines, heights and kinds, as arrays."""

    def __init__(self, rows: numpy.ndarray) -> None:
        self.start, self.end = rows[:, 1:3].astype(float), rows[:, 3:5].astype(float)
        self.cap, self.x_height = rows[:, 5].astype(float), rows[:, 6]
        self.light, self.characters = rows[:, 7].astype(int), rows[:, 8]

    def __len__(self) -> int:
        return len(self.cap)

    def some(self, chosen: numpy.ndarray) -> "Lines":
        result = Lines.__new__(Lines)
        for name, values in vars(self).items():
            setattr(result, name, values[chosen])
        return result

    def along(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        way = self.end - self.start
        length = numpy.hypot(way[:, 0], way[:, 1])
        return way / numpy.maximum(length, 1e-6)[:, None], length

    def moved(self, matrix: numpy.ndarray) -> "Lines":
        """Through an affine [2, 3]."""
        along, _ = self.along()
        up = numpy.stack([along[:, 1], -along[:, 0]], 1) * self.cap[:, None]
        result = Lines.__new__(Lines)
        result.start = self.start @ matrix[:, :2].T + matrix[:, 2]
        result.end = self.end @ matrix[:, :2].T + matrix[:, 2]
        along, _ = result.along()
        up = up @ matrix[:, :2].T
        result.cap = numpy.abs(along[:, 0] * up[:, 1] - along[:, 1] * up[:, 0])
        result.x_height, result.light = self.x_height, self.light
        result.characters = self.characters
        return result


def visible(lines: Lines, shape: Shape) -> numpy.ndarray:
    """Which lines may show in a crop, at a size that isn't plain background."""
    low = numpy.minimum(lines.start, lines.end) - 1.5 * lines.cap[:, None]
    high = numpy.maximum(lines.start, lines.end) + 1.5 * lines.cap[:, None]
    return (
        (lines.cap >= OPEN[0])
        & (lines.cap <= OPEN[1])
        & (high > 0).all(1)
        & (low < shape[::-1]).all(1)
    )


def clipped(
    lines: Lines, low: numpy.ndarray, high: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """The share (from, to) of each line that lies inside a box, and whether its height does."""
    along, length = lines.along()
    up = numpy.stack([along[:, 1], -along[:, 0]], 1) * lines.cap[:, None]
    middle = lines.start + up / 2
    first, last = numpy.zeros(len(lines)), length.copy()
    for axis in (0, 1):
        step = numpy.where(numpy.abs(along[:, axis]) < 1e-9, 1e-9, along[:, axis])
        a, b = (low[axis] - middle[:, axis]) / step, (high[axis] - middle[:, axis]) / step
        first = numpy.maximum(first, numpy.minimum(a, b))
        last = numpy.minimum(last, numpy.maximum(a, b))
    whole = numpy.ones(len(lines), bool)
    for place in (first, (first + last) / 2, last):
        for height in (0.1, 0.9):
            point = lines.start + along * place[:, None] + up * height
            slack = 0.12 * lines.cap[:, None]
            whole &= ((point > low - slack) & (point < high + slack)).all(1)
    return first, last, whole


class Answers:
    """What a network should say of a crop's sub-cells, filled line by line."""

    def __init__(self, shape: Shape) -> None:
        rows, columns = 2 * shape[0] // CELL, shape[1] // CELL
        self.x, self.y = finder.centres(rows, columns)
        self.classes = numpy.zeros((rows, columns, 2), numpy.int8)
        self.geometry = numpy.zeros((rows, columns, 6), numpy.float32)
        self.weight = numpy.zeros((rows, columns), numpy.float32)
        self.small = numpy.zeros((rows, columns), numpy.float32)
        self.nearest = numpy.full((rows, columns), numpy.inf)

    def mark(
        self, over: numpy.ndarray, beyond: numpy.ndarray, cap: float, kind: int, sure: bool
    ) -> tuple[numpy.ndarray, tuple[numpy.ndarray, ...]]:
        """Text or what is open: `over` a baseline and `beyond` its ends. Returns the sub-cells of
        the line, and those nearer to it than to others."""
        apart = numpy.abs(over - cap / 2)
        off = apart - max(CORE * cap, LEAST)
        mine = (off <= 0) & (beyond <= 0)
        close = (off <= 0.15 * cap + 1) & (beyond <= 0.2 * cap + 2)
        near = close & ~mine
        for polarity in (0, 1) if kind == EITHER else (kind,):
            part = self.classes[..., polarity]
            part[near & (part == 0)] = -1
            part[mine] = 1 if sure and kind != EITHER else -1
        if kind == EITHER and sure:
            # Any will do; dark is what is said.
            self.classes[..., 0][mine] = 1
        at = numpy.nonzero(close & (apart / cap < self.nearest))
        self.nearest[at] = apart[at] / cap
        return mine, at


def targets(
    lines: Lines,
    shape: Shape,
    low: numpy.ndarray,
    high: numpy.ndarray,
    hidden: numpy.ndarray | None = None,
) -> Targets:
    """What a network should say of a crop of `shape`, of which low...high is seen for certain.
    Geometry is wanted of what is left open by its size, too: it tells that. `hidden` lines are left
    open without.

    Returns (classes [rows, columns, 2]: 1, 0 or -1 for open; geometry [rows, columns, 6] as the
    network gives it; weight [rows, columns] of a line's sub-cells; weight of x-heights).
    """
    answers = Answers(shape)
    x, y, weight = answers.x, answers.y, answers.weight
    if len(lines):
        along, length = lines.along()
        first, last, whole = clipped(lines, low, high)
        # Of what has its middle outside, something may show.
        outside = last <= first
        whole &= ~outside if hidden is None else ~outside & ~hidden
        first, last = numpy.where(outside, 0, first), numpy.where(outside, length, last)
        sure = (lines.cap >= SURE[0]) & (lines.cap <= SURE[1]) & whole
        straight = numpy.abs(along[:, 1]) <= STEEPEST * along[:, 0]
        sure &= (last - first > 0.25 * lines.cap) & straight
    for k in range(len(lines)):
        cosine, sine = along[k]
        dx, dy = x - lines.start[k, 0], y - lines.start[k, 1]
        place, over = dx * cosine + dy * sine, dx * sine - dy * cosine
        cap = lines.cap[k]
        middle, half = (first[k] + last[k]) / 2, max((last[k] - first[k]) / 2, 4.4)
        beyond = numpy.abs(place - middle) - half
        mine, at = answers.mark(over, beyond, cap, lines.light[k], sure[k])
        if not whole[k] or not straight[k]:
            weight[at] = 0
            continue
        number = max(1, int(mine.sum()))
        weight[at] = numpy.where(mine[at], min(3.0, max(0.4, (10 / number) ** 0.5)), 0.1)
        answers.small[at] = 0.0 if numpy.isnan(lines.x_height[k]) else 1.0
        place = place[at]
        answers.geometry[at] = numpy.stack(
            numpy.broadcast_arrays(
                numpy.log2(cap / TYPICAL),
                numpy.nan_to_num(lines.x_height[k]),
                over[at] / cap,
                sine / max(cosine, 0.1),
                numpy.minimum(numpy.maximum((place - first[k]) / CELL, -0.5), FARTHEST),
                numpy.minimum(numpy.maximum((last[k] - place) / CELL, -0.5), FARTHEST),
            ),
            -1,
        )
    geometry = (answers.geometry - MIDDLE[2:]) * FACTOR[2:]
    unseen = (x < low[0]) | (x > high[0]) | (y < low[1]) | (y > high[1])
    answers.classes[unseen] = -1
    weight[unseen] = 0
    return answers.classes, numpy.clip(geometry, -7.8, 7.8), weight, answers.small

"""Places of lines, as the program draws them and as finders guess them: near a text's own, or where
there is none."""

import math
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dataset.cutter import PLACE
from dataset.geometry import LINE
from dataset.sample import Sample
from dataset.scene import Character, Text

# Rows of a line's coverage: capitals reach from the one to the other.
TOP, BASE = float(LINE.base_row - LINE.capital_rows), float(LINE.base_row)
ROWS = LINE.rows
_CAP = BASE - TOP
MARGIN = 41 / 3  # columns before a place's start; after its end one less
_PITCH = 1.5  # of the strip that widths are counted in
_LONGEST = 60.0  # heights of capitals; longer lines of pictures aren't made

_XHEIGHT = 0.03  # share of lines for whose height small letters' is taken
_PART = 0.12  # share of lines of which only some words are found


class Frame:
    """Rows and columns of the line that a place draws."""

    def __init__(self, place: np.ndarray) -> None:
        slope = float(place["slope"])
        length = math.hypot(1, slope)
        self.along = np.array((1, slope)) / length
        self.down = np.array((-slope, 1)) / length
        self.rows = _CAP / float(place["height"])
        self.columns = self.rows * float(place["stretch"])
        start, end = float(place["start"]), float(place["end"])
        self.corner = np.array((start, float(place["baseline"]) + slope * start))
        extent = math.ceil((end - start) * length * self.columns * _PITCH)
        self.width = (extent + 40) * 2 // 3  # of what is drawn, without what fills it up

    @classmethod
    def of_line(cls, head: np.void, coverage: np.ndarray) -> Self:
        """That of a line that the program found and drew."""
        frame = cls.__new__(cls)
        step = head["step"].astype(np.float64)
        scale = float(np.hypot(*step))
        frame.along = step / scale
        frame.down = np.array((-frame.along[1], frame.along[0]))
        frame.rows = frame.columns = 1 / scale
        frame.corner = (
            head["origin"].astype(np.float64) + (MARGIN * frame.along + BASE * frame.down) * scale
        )
        shown = np.flatnonzero(coverage.any(axis=0))
        frame.width = int(shown[-1]) + 1 if len(shown) else coverage.shape[1]
        return frame

    def strip(self, points: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """(columns, rows) of points of the picture."""
        apart = np.asarray(points, np.float64) - self.corner
        return apart @ self.along * self.columns + MARGIN, apart @ self.down * self.rows + BASE

    def extents(self, boxes: ArrayLike) -> np.ndarray:
        """(left, top, right, bottom) of characters whose upright boxes are given, turned along."""
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        column, row = self.strip((boxes[:, :2] + boxes[:, 2:]) / 2)
        wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        c, s = abs(float(self.along[0])), abs(float(self.along[1]))
        if s < 0.6 * c:
            # The box of a turned rectangle is larger than it.
            level = c * c - s * s
            wide, tall = ((wide * c - tall * s) / level, (tall * c - wide * s) / level)
            wide = np.maximum(wide, 0.15 * (boxes[:, 2] - boxes[:, 0]))
            tall = np.maximum(tall, 0.15 * (boxes[:, 3] - boxes[:, 1]))
        half_wide, half_tall = wide * self.columns / 2, tall * self.rows / 2
        return np.stack(
            (column - half_wide, row - half_tall, column + half_wide, row + half_tall), axis=1
        )


def place(
    light: bool, start: Iterable[float], end: Iterable[float], height: float, stretch: float = 1.0
) -> np.ndarray:
    """A place whose baseline runs from `start` to `end`."""
    (x0, y0), (x1, y1) = start, end
    slope = (y1 - y0) / max(x1 - x0, 1e-6)
    result = np.zeros((), PLACE)
    result["polarity"] = bool(light)
    for name, value in (
        ("slope", slope),
        ("baseline", y0 - slope * x0),
        ("height", height),
        ("start", x0),
        ("end", max(x1, x0 + 0.05 * height)),
        ("stretch", stretch),
    ):
        result[name] = value
    return result


def draw_stretch(rng: np.random.Generator) -> float:
    return float(
        np.exp(
            rng.normal(0, 0.04) if rng.random() < 0.55 else rng.uniform(np.log(0.7), np.log(1.6))
        )
    )


def guess(
    rng: np.random.Generator, text: Text, has_small: bool, part: tuple[float, float] | None = None
) -> np.ndarray | None:
    """A text's place as a finder may give it.

    `part`: (start, end) of some of its words, along it, 0...1.
    """
    start, end = np.array(text.start, np.float64), np.array(text.end, np.float64)
    along = end - start
    length = max(float(np.hypot(*along)), 1e-6)
    along /= length
    if abs(along[1]) > 2 * abs(along[0]):
        return None
    if part is not None:
        start, end = start + along * part[0] * length, start + along * part[1] * length
        length *= part[1] - part[0]
    down = np.array((-along[1], along[0]))
    cap = text.cap
    factor = np.exp(np.clip(rng.normal(0.025, 0.07), -0.15, 0.17))
    if has_small and rng.random() < _XHEIGHT:
        factor *= max(0.6, text.x_height / cap)
    shift = np.clip(rng.normal(0.015, 0.035), -0.08, 0.1) * cap
    # Errors of slope that move the ends of long lines less.
    most = min(math.radians(1.5), 0.1 * cap / length)
    turn = rng.uniform(-most, most) if rng.random() < 0.7 else 0.0
    middle = (start + end) / 2 + down * shift
    turned = along * math.cos(turn) + down * math.sin(turn)
    before, after = (
        rng.normal(0.05, 0.1) if rng.random() < 0.6 else rng.uniform(-0.3, 0.8) for _ in range(2)
    )
    left = middle - turned * (length / 2 + before * cap)
    right = middle + turned * (length / 2 + after * cap)
    if right[0] - left[0] < 0.05 * cap or length > _LONGEST * cap:
        return None
    return place(text.light, left, right, cap * factor, draw_stretch(rng))


def words_of(
    rng: np.random.Generator, text: Text, line: str, characters: list[Character]
) -> tuple[float, float] | None:
    """Ends, 0...1 along a text, of some of its words, or None where it has one alone."""
    words = line.split()
    if len(words) < 2 or len(characters) != sum(map(len, words)):
        return None
    first = int(rng.integers(len(words)))
    last = int(rng.integers(first, min(len(words), first + 3)))
    if (first, last) == (0, len(words) - 1):
        return None
    counts = np.cumsum([0] + [len(word) for word in words])
    shown = characters[counts[first] : counts[last + 1]]
    start, end = np.array(text.start, np.float64), np.array(text.end, np.float64)
    length = float(np.hypot(*(end - start)))
    frame = Frame(place(False, start, end, max(text.cap, 1)))
    extents = frame.extents([c.box for c in shown])
    ends = (extents[:, 0].min() - MARGIN, extents[:, 2].max() - MARGIN)
    scale = length * frame.columns
    return (max(0.0, ends[0] / scale), min(1.0, ends[1] / scale)) if scale > 0 else None


def guesses(
    rng: np.random.Generator, sample: Sample, count: int = 2
) -> list[tuple[np.ndarray, int]]:
    """(place, line) `count` times for each of a picture's texts."""
    found = []
    for text in sample.texts:
        if text.unsure or text.cap < 5:
            continue
        line = sample.lines[text.line]
        mine = [c for c in sample.characters if c.line == text.line]
        for _ in range(count):
            part = words_of(rng, text, line, mine) if rng.random() < _PART else None
            one = guess(rng, text, any(c.islower() for c in line), part)
            if one is not None:
                found.append((one, text.line))
    return found


def elsewhere(rng: np.random.Generator, sample: Sample) -> np.ndarray | None:
    """A place where a finder may see a line that is none: of the other polarity, between lines,
    inside large characters, or anywhere."""
    height, width = sample.picture.shape
    kind = rng.random()
    if sample.texts and kind < 0.6:
        text = sample.texts[int(rng.integers(len(sample.texts)))]
        found = guess(rng, text, False)
        if found is None:
            return None
        if kind < 0.3:
            found["polarity"] = 1 - found["polarity"]
        elif kind < 0.5:
            found["baseline"] += text.cap * rng.uniform(0.85, 1.4) * (-1) ** int(rng.integers(2))
        else:
            size = float(found["height"]) * rng.uniform(0.2, 0.4)
            found["baseline"] += rng.uniform(-1, 0.3) * float(found["height"])
            found["height"] = max(size, 2)
        if rng.random() < 0.5:
            left, right = float(found["start"]), float(found["end"])
            at = rng.uniform(left, right)
            reach = float(found["height"]) * rng.uniform(0.3, 3)
            found["start"], found["end"] = max(left, at - reach), min(right, at + reach)
        return found if found["end"] > found["start"] else None
    cap = float(np.exp(rng.uniform(np.log(7), np.log(0.6 * height))))
    length = cap * float(np.exp(rng.uniform(np.log(0.3), np.log(12))))
    length = min(length, 1.1 * width)
    middle = rng.uniform((0, 0), (width, height))
    turn = math.radians(rng.normal(0, 5))
    half = np.array((math.cos(turn), math.sin(turn))) * length / 2
    return place(rng.random() < 0.5, middle - half, middle + half, cap, draw_stretch(rng))

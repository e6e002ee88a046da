"""Lays lines of text out on a flat sheet: where each character's pen stands, in cap heights.

A block is one label: lines of one polarity, printed on one surface. Its sheet has its origin at
the block's centre, x right, y down; one unit is one cap height.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dataset import glyphs
from dataset.glyphs import Face

Pen = tuple[str, float, float]  # a character and where it stands


@dataclass
class Run:
    """One line of a block in one font."""

    text: str
    font: Face
    kind: str
    size: float = 1.0  # cap height relative to the block's
    # In cap heights, y on the baseline.
    pens: list[Pen] = field(default_factory=list)
    width: float = 0.0
    baseline: float = 0.0  # of the whole line; a character's may stray from it


@dataclass
class Block:
    runs: list[Run]
    width: float
    height: float
    stretch: float
    slant: float


def place(
    rng: np.random.Generator, run: Run, tracking: float, space: float, stretch: float, jitter: float
) -> None:
    """Sets the pens of one line from its left end on the baseline at 0."""
    sizes = glyphs.metrics(run.font)
    scale = run.size / sizes.cap_height
    x = 0.0
    for char in run.text:
        if char == " ":
            x += max(sizes.space * scale * stretch, 0.28 * run.size) * space + tracking * run.size
            continue
        dx, dy = rng.normal(0, jitter, 2) * run.size if jitter else (0.0, 0.0)
        run.pens.append((char, x + dx, dy))
        x += sizes.advances[char] * scale * stretch + tracking * run.size
    run.width = x - tracking * run.size


def block(rng: np.random.Generator, runs: list[Run], even: bool = False) -> Block:
    """Sets `runs` one below the other with one random style of setting; `even` keeps to the
    characters' own places and proportions, as displays do."""
    tracking = float(
        _choose(
            rng,
            (
                (0.62, lambda: rng.normal(0.02, 0.03)),
                (0.18, lambda: rng.uniform(0.05, 0.22)),
                (0.05, lambda: rng.uniform(0.2, 0.5)),
                (0.15, lambda: rng.uniform(-0.13, -0.03)),
            ),
        )
    )
    tracking = max(tracking, -0.14)
    stretch = float(np.clip(rng.normal(1.0, 0.08), 0.78, 1.3)) if rng.random() < 0.5 else 1.0
    slant = float(rng.normal(0, 0.08)) if rng.random() < 0.1 else 0.0
    jitter = float(rng.uniform(0.01, 0.035)) if rng.random() < 0.08 else 0.0
    space = float(rng.uniform(0.85, 1.5))
    if even:
        tracking, stretch, slant, jitter, space = 0.0, 1.0, 0.0, 0.0, 1.0
    pitch = float(rng.uniform(1.4, 2.3)) if rng.random() < 0.93 else float(rng.uniform(1.28, 1.4))
    for run in runs:
        place(rng, run, tracking, space, stretch, jitter)
    width = max(run.width for run in runs)
    align = float(rng.choice((0.0, 0.0, 0.5, 0.5, 1.0)))
    y = runs[0].size
    for number, run in enumerate(runs):
        if number:
            y += pitch * (runs[number - 1].size * 0.35 + run.size * 0.65)
        left = (width - run.width) * align
        run.pens = [(char, x + left, y + dy) for char, x, dy in run.pens]
        run.baseline = y
    height = y + 0.25 * runs[-1].size
    for run in runs:
        run.pens = [(char, x - width / 2, dy - height / 2) for char, x, dy in run.pens]
        run.baseline -= height / 2
    return Block(runs, width, height, stretch, slant)


def _choose(
    rng: np.random.Generator, options: Sequence[tuple[float, Callable[[], float]]]
) -> float:
    draw = rng.random()
    for share, make in options:
        draw -= share
        if draw < 0:
            return make()
    return options[-1][1]()

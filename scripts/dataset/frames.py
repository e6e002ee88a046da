"""A label's own surface, its frame lines and rules."""

import cv2
import numpy as np

from dataset import scene
from dataset.finish import Surface


def angle(rng: np.random.Generator, tier: str) -> float:
    """A turn as hands and mounts leave it."""
    most = {"clean": 1.2, "typical": 4.5, "hard": 9.5}[tier]
    return float(np.radians(rng.uniform(-most, most)))


def outside(polygon: np.ndarray, boxes: np.ndarray, margin: float) -> bool:
    """Whether no box comes near the polygon."""
    contour = polygon.astype(np.float32).reshape(-1, 1, 2)
    for x0, y0, x1, y1 in boxes:
        for x in (x0, x1):
            for y in (y0, y1):
                if cv2.pointPolygonTest(contour, (float(x), float(y)), True) > -margin:
                    return False
    return True


def plate(
    rng: np.random.Generator,
    canvas: np.ndarray,
    placed: scene.Placed,
    levels: Surface,
    plate: bool,
    alone: bool,
    tight: bool,
) -> bool:
    """The label's own surface, its frame lines and rules; `tight`: as close as they come. Returns
    whether it has frame lines."""
    paper, ink, _ = levels
    block = placed.block
    least = 0.22 + 2.5 / placed.cap  # a frame that touches ink would be part of it
    margin = (rng.uniform(least, max(least + 0.1, 1.3)), rng.uniform(least, max(least + 0.1, 1.0)))
    if tight:
        margin = tuple(rng.uniform(least, least + 0.12, 2))
    if not alone:
        margin = (margin[0], min(margin[1], least + 0.1))
    width, height = block.width + 2 * margin[0], block.height + 2 * margin[1]
    radius = rng.uniform(0.1, 0.6) if rng.random() < 0.3 else 0.0

    def shape(extra: float, level: float) -> None:
        outline = scene.rectangle(
            width + 2 * extra, height + 2 * extra, max(0.0, radius + extra) if radius else 0.0
        )
        scene.fill(canvas, scene.transform(placed.homography, outline), level)

    framed = rng.random() < (0.8 if tight else 0.5 if plate else 0.08)
    if not framed:
        if plate:
            shape(0.0, paper)
    else:
        thick = max(rng.uniform(0.04, 0.16), 0.8 / placed.cap)
        line = ink if rng.random() < 0.7 else float(rng.uniform(0.05, 0.98))
        gap = max(rng.uniform(0.08, 0.4), 1.2 / placed.cap)
        around = plate and rng.random() < 0.6  # surface shows outside the line, too
        twice = rng.random() < 0.2
        if around:
            shape(thick + gap * (1 + twice) + thick * twice, paper)
        if twice:
            shape(2 * thick + gap, line)
            shape(thick + gap, paper)
        shape(thick, line)
        shape(0.0, paper)
    if len(block.runs) > 1 and rng.random() < (0.12 if plate else 0.04):
        _rules(rng, canvas, placed, ink, width if framed else block.width)
    return framed


def _rules(
    rng: np.random.Generator, canvas: np.ndarray, placed: scene.Placed, ink: float, width: float
) -> None:
    """Ruled lines between the lines of text, where there is room."""
    block = placed.block
    baselines = [max(y for _, _, y in run.pens) for run in block.runs]
    for above, below, run in zip(baselines, baselines[1:], block.runs[1:]):
        low, high = above + 0.34, below - 1.2 * run.size
        if high - low > 4 / placed.cap:
            y, half = (low + high) / 2, max(0.02, 0.4 / placed.cap)
            corners = (
                (-width / 2, y - half),
                (width / 2, y - half),
                (width / 2, y + half),
                (-width / 2, y + half),
            )
            scene.fill(canvas, scene.transform(placed.homography, corners), ink)


def blank_plate(
    rng: np.random.Generator,
    canvas: np.ndarray,
    size: tuple[int, int],
    cap: float,
    levels: Surface,
) -> None:
    """A label without text, for pictures that must read as empty."""
    paper, ink, _ = levels
    turn = angle(rng, "hard")
    center = rng.uniform((0.2, 0.2), (0.8, 0.8)) * size
    move = np.array(
        (
            (np.cos(turn), -np.sin(turn), center[0]),
            (np.sin(turn), np.cos(turn), center[1]),
            (0, 0, 1),
        )
    )
    wide, tall = rng.uniform(0.2, 0.8) * size[0], rng.uniform(0.15, 0.7) * size[1]
    radius = rng.uniform(2, cap) if rng.random() < 0.3 else 0.0
    surface = float(np.clip(paper + rng.normal(0, 0.3), 0.05, 0.98))
    for grow, level in (
        ((6, surface), (2, ink), (0, surface)) if rng.random() < 0.6 else ((0, surface),)
    ):
        scene.fill(
            canvas, scene.transform(move, scene.rectangle(wide + grow, tall + grow, radius)), level
        )

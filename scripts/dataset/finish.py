"""How characters stand on their surface where it is not plain print: displays, dots, relief."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

from dataset import displays
from dataset.scene import Mask

KINDS = ("segments", "dots", "embossed")
FAMILIES = (displays.SEGMENTS, displays.DOTS)  # of the first two, which have no font


class Surface(NamedTuple):
    """Reflectance, or shining, of a ground and of the ink on it."""

    paper: float
    ink: float
    light: bool  # the ink is the lighter


@dataclass(frozen=True)
class Finish:
    """One picture's way of showing characters; strengths are shares of the contrast, lengths are
    cap heights."""

    kind: str
    tech: str
    shapes: str = "seven"
    unlit: float = 0.0  # ink of what is not lit
    shadow: float = 0.0  # of an LCD's segments on its back
    shadow_at: tuple[float, float] = (0.0, 0.0)
    glow: float = 0.0
    glow_width: float = 0.0
    relief: float = 0.0  # light and dark edges, of the paper's reflectance
    bevel: float = 0.0
    direction: float = 0.0  # where the light comes from, radians

    def font(self, rng: np.random.Generator) -> displays.SegmentFont | displays.DotFont | None:
        """A font of its own for displays and dots, None for relief: that is set in any."""
        if self.kind == "segments":
            return displays.segment_font(rng, self.shapes, self.tech)
        return displays.dot_font(rng, self.tech) if self.kind == "dots" else None


def draw(rng: np.random.Generator, shares: Iterable[float], tier: str) -> Finish | None:
    """The finish of one picture by shares of KINDS; None for plain print."""
    place = rng.random()
    for kind, share in zip(KINDS, shares):
        place -= share
        if place < 0:
            return _MAKERS[kind](rng, tier)
    return None


def _segments(rng: np.random.Generator, tier: str) -> Finish:
    tech = "led" if rng.random() < 0.55 else "lcd"
    shapes = "seven" if rng.random() < 0.78 else "fourteen"
    return Finish("segments", tech, shapes, **_display(rng, tier, tech))


def _dots(rng: np.random.Generator, tier: str) -> Finish:
    place = rng.random()
    if place < 0.5:
        tech = "led" if place < 0.18 else "lcd"
        return Finish("dots", tech, **_display(rng, tier, tech))
    return Finish("dots", "inkjet" if place < 0.85 else "needles")


def _display(rng: np.random.Generator, tier: str, tech: str) -> dict[str, Any]:
    most = {"clean": 0.08, "typical": 0.14, "hard": 0.2}[tier]
    found: dict[str, Any] = {"unlit": float(rng.uniform(0.02, most)) if rng.random() < 0.5 else 0.0}
    if tech == "led" and rng.random() < 0.7:
        found.update(glow=float(rng.uniform(0.04, 0.3)), glow_width=float(rng.uniform(0.1, 0.4)))
    if tech == "lcd" and rng.random() < 0.45:
        side = rng.uniform(0.03, 0.1) * (1 if rng.random() < 0.5 else -1)
        found.update(
            shadow=float(rng.uniform(0.08, 0.32)),
            shadow_at=(float(side), float(rng.uniform(0.02, 0.1))),
        )
    return found


def _embossed(rng: np.random.Generator, tier: str) -> Finish:
    tech = "embossed" if rng.random() < 0.5 else "engraved"
    low, high = {"clean": (0.3, 0.6), "typical": (0.24, 0.6), "hard": (0.18, 0.5)}[tier]
    return Finish(
        "embossed",
        tech,
        relief=float(rng.uniform(low, high)),
        bevel=float(rng.uniform(0.02, 0.06)),
        direction=float(rng.uniform(np.pi, 2 * np.pi)),
    )  # lamps hang above


_MAKERS = {"segments": _segments, "dots": _dots, "embossed": _embossed}


def levels(rng: np.random.Generator, tier: str, finish: Finish) -> Surface | None:
    """The levels of ground and ink; None where plain print's will do."""
    if finish.tech == "led":
        ground = rng.uniform(0.02, {"clean": 0.14, "typical": 0.22, "hard": 0.32}[tier])
        contrast = rng.uniform(
            *{"clean": (0.5, 0.9), "typical": (0.36, 0.85), "hard": (0.24, 0.65)}[tier]
        )
        if rng.random() < 0.2:  # brighter than the sensor takes
            contrast *= rng.uniform(1.1, 1.7)
        return Surface(float(ground), float(ground + contrast), True)
    if finish.tech == "lcd":
        contrast = rng.uniform(
            *{"clean": (0.38, 0.65), "typical": (0.28, 0.6), "hard": (0.19, 0.5)}[tier]
        )
        if rng.random() < 0.3:
            ground = rng.uniform(0.05, 0.35)
            return Surface(float(ground), float(ground + contrast), True)
        ground = max(rng.uniform(0.38, 0.85), contrast + 0.05)
        return Surface(float(ground), float(ground - contrast), False)
    if finish.kind == "embossed":
        ground = rng.uniform(0.35, 0.85)
        share = rng.uniform(
            *{"clean": (0.12, 0.3), "typical": (0.08, 0.28), "hard": (0.05, 0.25)}[tier]
        )
        light = rng.random() < 0.4
        return Surface(
            float(ground), float(ground * (1 + share if light else 1 - share)), bool(light)
        )
    return None


def contrast(finish: Finish, ground: float, ink: float) -> float:
    """How far characters stand out, for noise that leaves them readable."""
    return max(abs(ground - ink), 0.55 * finish.relief * ground)


def lay(
    canvas: np.ndarray,
    finish: Finish,
    placed_cap: float,
    mask: Mask,
    unlit: Mask | None,
    ground: float,
    ink: float,
) -> None:
    """Puts characters on the canvas. `unlit` is what is not lit."""
    step = ink - ground
    if unlit is not None and finish.unlit:
        _add(canvas, unlit, finish.unlit * step)
    if finish.shadow:
        soft, at = _softened(mask, 0.05 * placed_cap)
        shift = np.round(np.array(finish.shadow_at) * placed_cap).astype(int)
        _add(canvas, Mask(soft, at + shift), finish.shadow * -abs(step))
    if finish.relief:
        _relief(canvas, finish, placed_cap, mask, ground)
        _add(canvas, mask, step)
        return
    over(canvas, mask, ink)
    if finish.glow:
        _add(canvas, _softened(mask, finish.glow_width * placed_cap), finish.glow * step)


def over(canvas: np.ndarray, mask: Mask, ink: float) -> None:
    """Lays ink of one reflectance over the canvas by its coverage."""
    window = _window(canvas, mask)
    if window is not None:
        area, part = window
        share = part.astype(np.float32) * np.float32(1 / 255)
        area += share * (np.float32(ink) - area)


def _add(canvas: np.ndarray, mask: Mask, amount: float) -> None:
    window = _window(canvas, mask)
    if window is not None:
        area, part = window
        area += part.astype(np.float32) * np.float32(amount / 255)
        np.maximum(area, 0, out=area)


def _window(canvas: np.ndarray, mask: Mask) -> tuple[np.ndarray, np.ndarray] | None:
    """The part of the canvas under the mask, and that part of the mask."""
    height, width = canvas.shape
    ink = mask.coverage
    x, y = int(mask.corner[0]), int(mask.corner[1])
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + ink.shape[1], width), min(y + ink.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return None
    return canvas[y0:y1, x0:x1], ink[y0 - y : y1 - y, x0 - x : x1 - x]


def _softened(mask: Mask, sigma: float) -> Mask:
    sigma = max(0.5, float(sigma))
    pad = int(np.ceil(2.5 * sigma))
    wide = cv2.copyMakeBorder(mask.coverage, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    return Mask(cv2.GaussianBlur(wide, (0, 0), sigma), mask.corner - pad)


def _relief(canvas: np.ndarray, finish: Finish, cap: float, mask: Mask, ground: float) -> None:
    """Light on the slopes that face the lamp, dark on those that turn away."""
    sigma = max(0.6, finish.bevel * cap)
    soft, at = _softened(mask, sigma)
    soft = soft.astype(np.float32)
    slope_x, slope_y = np.gradient(soft, axis=1), np.gradient(soft, axis=0)
    shade = slope_x * np.float32(np.cos(finish.direction))
    shade += slope_y * np.float32(np.sin(finish.direction))
    # The ground rises against the lamp's side of raised letters: that slope is lit.
    raised = 1 if finish.tech == "embossed" else -1
    _add(canvas, Mask(shade, at), -raised * finish.relief * ground * sigma * 2.5)

"""What of a scene is truth: what lies in the picture and can be read."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from dataset import sample, scene
from dataset.glyphs import Face
from dataset.scene import Box

LEAST_CAP = 6.5  # smaller print can't be read: it is no truth
_INSIDE = 0.6  # least share of a character's box in the picture
_HIGH = 0.75  # and of its height: a line without its upper half can't be read
_GRAYS, _DEVIATIONS = 6, 6  # least contrast of a line: gray levels, and of the noise


@dataclass
class Mark:
    """A character as it was written."""

    char: str
    apart: bool  # a space before it
    points: np.ndarray  # corners of its box; baseline left, right, middle; tops of capital and x
    # above the middle; the middle where its own ink stands
    font: Face
    turn: float = 0.0
    relief: bool = False


@dataclass
class Writing:
    """A line as it was written."""

    light: bool
    contrast: float
    marks: list[Mark] = field(default_factory=list)


def sample_of(
    writings: list[Writing], tier: str, about: dict[str, Any], picture: np.ndarray, noise: float
) -> sample.Sample:
    """The Sample of a finished picture; about["unread"] has the boxes of what can't be read."""
    characters: list[scene.Character] = []
    lines: list[str] = []
    texts: list[scene.Text] = []
    unread: list[list[float]] = []
    lineage = None
    for writing in writings:
        kept, text, left_out = _whole(writing, *picture.shape[::-1])
        if kept and not _readable(picture, writing, kept, text, noise):
            left_out += [box for _, box in kept]
            kept = []
        unread += [[round(float(v), 1) for v in box] for box in left_out]
        if not kept:
            continue
        found = _text(writing, kept, len(lines))
        characters += [
            scene.Character(
                mark.char,
                len(lines),
                box,
                writing.light,
                mark.font,
                found.cap,
                mark.relief,
                mark.turn,
            )
            for mark, box in kept
        ]
        lineage = lineage or kept[0][0].font.lineage
        lines.append(text)
        texts.append(found)
    about = {
        "scene": True,
        "family": texts[0].family if texts else None,
        "lineage": lineage,
        "cap_px": round(min(text.cap for text in texts), 1) if texts else None,
        "inverted": bool(texts and texts[0].light),
        **about,
    }
    if unread:
        about["unread"] = unread
    return sample.Sample(picture, characters, lines, tier, about, texts)


def _whole(
    writing: Writing, width: int, height: int
) -> tuple[list[tuple[Mark, Box]], str, list[Box]]:
    """[(Mark, box)] of the characters that lie in the picture, their text, boxes of the others."""
    kept, text, left_out = [], "", []
    for mark in writing.marks:
        box, share = _inside(mark.points[:2], width, height)
        if share >= _INSIDE:
            kept.append((mark, box))
            text += " " * (mark.apart and bool(text)) + mark.char
        elif share > 0.15:
            left_out.append(box)
    return kept, text, left_out


def _text(writing: Writing, kept: list[tuple[Mark, Box]], line: int) -> scene.Text:
    base = np.array([mark.points[2:7] for mark, _ in kept])
    points = np.vstack((base[0, :1], base[-1, 1:2], base[:, 2:].mean(axis=0)))
    if len(kept) == 1:  # a lone digit of a drum stands where it has rolled to
        points += kept[0][0].points[7] - kept[0][0].points[4]
    found = scene.text(points, line, writing.light, kept[0][0].font.family)
    found.unsure = any(abs(mark.turn) >= 0.4 for mark, _ in kept)
    return found


def _readable(
    picture: np.ndarray, writing: Writing, kept: list[tuple[Mark, Box]], text: str, noise: float
) -> bool:
    """Whether a person could read a line: large enough, more of it left than points, and some
    contrast above the noise where it stands."""
    cap = mean_cap(writing)
    if cap < LEAST_CAP or len(kept) < len(writing.marks) and not any(c.isalnum() for c in text):
        return False
    boxes = np.array([box for _, box in kept])
    x0, y0 = np.maximum(np.floor(boxes[:, :2].min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.ceil(boxes[:, 2:].max(axis=0)).astype(int) + 1
    sigma = max(0.6, 0.05 * cap)
    smooth = cv2.GaussianBlur(picture[y0:y1, x0:x1], (0, 0), sigma)
    low, high = np.percentile(smooth[:: 1 + (y1 - y0) // 40, :: 1 + (x1 - x0) // 120], (4, 96))
    # What is left of the noise after smoothing, over as many of its deviations.
    left = noise / max(1.0, 2 * np.pi**0.5 * sigma)
    return high - low >= _GRAYS + _DEVIATIONS * left


def _cap(points: np.ndarray) -> float:
    """Height of capitals above the baseline of a Mark's points."""
    along = points[3] - points[2]
    length = max(1e-6, float(np.hypot(*along)))
    up = points[5] - points[4]
    return abs(float(along[0] * up[1] - along[1] * up[0])) / length


def mean_cap(writing: Writing) -> float:
    return float(np.mean([_cap(mark.points) for mark in writing.marks]))


def _inside(corners: np.ndarray, width: int, height: int) -> tuple[Box, float]:
    """A box cut to the picture, and the share of it that is left."""
    (x0, y0), (x1, y1) = corners
    cut = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
    across = max(0.0, cut[2] - cut[0]) / max(1e-6, x1 - x0)
    down = max(0.0, cut[3] - cut[1]) / max(1e-6, y1 - y0)
    share = across * down
    box = float(cut[0]), float(cut[1]), float(cut[2]), float(cut[3])
    return box, share if down >= _HIGH else min(share, 0.5)

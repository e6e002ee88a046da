"""Pages of text as a board's camera sees them: rendered, blurred, noisy, black and white."""

from typing import NamedTuple

import cv2
import freetype
import numpy as np

from dataset import fonts, texts

# Kept out of training: the pages that codecs are compared on are set in these.
HELD_OUT = ("vera", "liberation")


def _draw(
    canvas: np.ndarray, face: freetype.Face, size: float, line: str, x: float, baseline: int
) -> float:
    """Draws a line of text in reflectance, and returns where the pen ends."""
    face.set_char_size(round(size * 64))
    for char in line:
        face.load_char(char, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING)
        bitmap = face.glyph.bitmap
        if bitmap.width:
            ink = np.array(bitmap.buffer, np.float32).reshape(bitmap.rows, bitmap.pitch)
            ink = ink[:, : bitmap.width] / 255
            left, top = int(x) + face.glyph.bitmap_left, baseline - face.glyph.bitmap_top
            y0, x0 = max(top, 0), max(left, 0)
            y1 = min(top + ink.shape[0], canvas.shape[0])
            x1 = min(left + ink.shape[1], canvas.shape[1])
            if y1 > y0 and x1 > x0:
                part = ink[y0 - top : y1 - top, x0 - left : x1 - left]
                area = canvas[y0:y1, x0:x1]
                np.maximum(area, part, out=area)
        x += face.glyph.advance.x / 64
        if x > canvas.shape[1]:
            break
    return x


def sentence(rng: np.random.Generator, length: float) -> str:
    words: list[str] = []
    while sum(len(word) + 1 for word in words) < length:
        words.append(texts.word(rng) if rng.random() < 0.85 else texts.digits(rng))
    return " ".join(words)


class Setting(NamedTuple):
    """How a page is set, in pixels."""

    width: int = 320
    height: int = 240
    size: float = 14.0  # of an em
    margin: int = 8
    spacing: float = 1.3  # of lines, in ems
    fill: float = 1.0  # share of lines that are full
    angle: float = 0.0  # in degrees


def ink(rng: np.random.Generator, font: fonts.Font, setting: Setting) -> np.ndarray:
    """How much of each pixel is ink, 0...1."""
    width, height, size, margin, spacing, fill, angle = setting
    canvas = np.zeros((height, width), np.float32)
    face = freetype.Face(font.path, index=font.index)
    baseline = margin + round(size)
    while baseline < height - margin:
        length = (width - 2 * margin) / (size * 0.52)
        line = sentence(rng, length * (1.0 if rng.random() < fill else rng.uniform(0.1, 0.9)))
        line = "".join(c for c in line if c == " " or c not in font.lacks)
        while line and len(line) > length:
            line = line.rsplit(" ", 1)[0] if " " in line else ""
        _draw(canvas, face, size, line, margin, baseline)
        baseline += round(size * spacing)
    if angle:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
        canvas = cv2.warpAffine(canvas, turn, (width, height), flags=cv2.INTER_LINEAR)
    return canvas


def photograph(
    rng: np.random.Generator,
    ink: np.ndarray,
    paper: float = 200.0,
    contrast: float = 0.75,
    blur: float = 0.6,
    noise: float = 1.5,
) -> np.ndarray:
    """A gray picture of it, uint8."""
    picture = paper * (1 - contrast * ink)
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), float(blur))
    picture = picture + rng.standard_normal(picture.shape) * noise
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def plain_font() -> fonts.Font:
    return next(f for f in fonts.select(("DejaVu Sans",)) if f.style in ("Book", "Regular"))


def test_page(size: float = 12.0) -> np.ndarray:
    """The page of the comparisons: full of DejaVu Sans, noise of 1.5 levels."""
    rng = np.random.default_rng(1)
    return photograph(rng, ink(rng, plain_font(), Setting(size=size)))

"""Glyph bitmaps straight from FreeType: any size, stretched, slanted, fattened, unhinted."""

import ctypes
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import cv2
import freetype
import numpy as np

from dataset.fonts import PRINTABLE, Font, signs

_FLAGS = freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP


@dataclass(frozen=True)
class Metrics:
    """Sizes of a font in em, with y up."""

    advances: dict[str, float]
    cap_height: float
    x_height: float
    descent: float  # below the baseline, of p, positive
    space: float


@dataclass
class Glyph:
    """A coverage bitmap; `left`/`top` are the ink's corner from the pen, in pixels, y down."""

    bitmap: np.ndarray
    left: int
    top: int
    hull: np.ndarray  # [n, 2] centres of the outermost inked pixels from the pen


class Drawn(Protocol):
    """What stands for a font and draws its characters itself."""

    @property
    def lineage(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def style(self) -> str: ...
    @property
    def lacks(self) -> str: ...
    def __hash__(self) -> int: ...
    def metrics(self) -> Metrics: ...
    def render(
        self,
        chars: Iterable[str],
        em: float,
        stretch: float,
        slant: float,
        fatten: float,
        unlit: bool = False,
    ) -> dict[str, Glyph]: ...


Face = Font | Drawn


@functools.lru_cache(maxsize=512)
def _face(path: str, index: int) -> freetype.Face:
    return freetype.Face(path, index=index)


@functools.lru_cache(maxsize=1024)
def metrics(font: Face) -> Metrics:
    """The metrics of `font`, read once."""
    if not isinstance(font, Font):
        return font.metrics()
    face = _face(font.path, font.index)
    em = face.units_per_EM
    advances = {}
    extents = {}
    for char in PRINTABLE + " " + signs(font):
        face.load_char(char, freetype.FT_LOAD_NO_SCALE)
        box = face.glyph.metrics
        advances[char] = box.horiAdvance / em
        extents[char] = (box.horiBearingY / em, (box.horiBearingY - box.height) / em)
    return Metrics(advances, extents["H"][0], extents["x"][0], -extents["p"][1], advances[" "])


def render(
    font: Face,
    chars: Iterable[str],
    em_pixels: float,
    stretch: float = 1.0,
    slant: float = 0.0,
    fatten: float = 0.0,
    unlit: bool = False,
) -> dict[str, Glyph]:
    """Bitmaps of the distinct `chars` at `em_pixels` as {char: Glyph}.

    `stretch` widens, `slant` leans right (tangent), `fatten` adds that many pixels to each stroke
    (negative: thins). A glyph that thins to nothing is rendered unthinned. `unlit` is for displays:
    all that could be lit in each character's place.
    """
    if not isinstance(font, Font):
        return font.render(chars, em_pixels, stretch, slant, fatten, unlit)
    face = _face(font.path, font.index)
    face.set_char_size(height=max(64, int(em_pixels * 64)))
    face.set_transform(
        freetype.Matrix(int(stretch * 65536), int(slant * 65536), 0, 65536), freetype.Vector(0, 0)
    )
    glyphs = {}
    for char in chars:
        for strength in (fatten, 0.0):
            face.load_char(char, _FLAGS)
            slot = face.glyph._FT_GlyphSlot
            outline = ctypes.byref(slot.contents.outline)
            if strength:
                freetype.FT_Outline_Embolden(outline, int(strength * 64))
                half = int(-strength * 32)  # emboldening grows to the right and up only
                freetype.FT_Outline_Translate(outline, half, half)
            freetype.FT_Render_Glyph(slot, freetype.FT_RENDER_MODE_NORMAL)
            bitmap = slot.contents.bitmap
            if bitmap.rows and bitmap.width:
                raw = ctypes.string_at(bitmap.buffer, bitmap.rows * bitmap.pitch)
                pixels = np.frombuffer(raw, np.uint8).reshape(bitmap.rows, bitmap.pitch)
                pixels = pixels[:, : bitmap.width]
                left, top = slot.contents.bitmap_left, -slot.contents.bitmap_top
                edge = hull(pixels)
                if edge is not None:
                    glyphs[char] = Glyph(pixels, left, top, edge + (left, top))
                    break
    return glyphs


def hull(pixels: np.ndarray) -> np.ndarray | None:
    """Convex outline through the centres of the inked pixels; None for a blank glyph."""
    points = cv2.findNonZero((pixels >= 112).view(np.uint8))
    if points is None:
        points = cv2.findNonZero((pixels > 0).view(np.uint8))  # a hairline: any coverage is ink
        if points is None:
            return None
    return cv2.convexHull(points)[:, 0] + np.float32(0.5)

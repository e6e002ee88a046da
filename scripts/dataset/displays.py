"""Characters that displays and dot printers form: segments and dots, drawn without any font file.

Both kinds stand in for `fonts.Font` where lines are laid out and glyphs rendered. Lengths are cap
heights, x right, y down, the baseline at 0.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike

from dataset import glyphs
from dataset.fonts import PRINTABLE
from dataset.texts import pairs

SHAPES = Path(__file__).resolve().parent / "dots.txt"
SEGMENTS, DOTS = "segment display", "dot matrix"  # the families
Point = tuple[float, float]
_SHIFT = 4  # fractional bits of OpenCV's drawing coordinates

# Seven segments: a on top, then clockwise to f; g in the middle. Of the letters only those that
# nobody takes for a digit: 0 and O, 5 and S, 2 and Z, 1 and I are one shape each.
SEVEN = pairs("""0 abcdef  1 bc  2 abdeg  3 abcdg  4 bcfg  5 acdfg  6 acdefg  7 abc  8 abcdefg
9 abcdfg  - g  _ d  = dg  A abcefg  b cdefg  C adef  c deg  d bcdeg  E adefg  F aefg  H bcefg
h cefg  J bcde  L def  n ceg  o cdeg  P abefg  r eg  t defg  U bcdef  u cde""")
# Fourteen: the middle in halves g and k, upright halves i and l, and from the centre the
# diagonals p, q (up left, up right), r, s (down left, down right).
FOURTEEN = pairs(r"""0 abcdefqr  1 bcq  2 abdegk  3 abcdk  4 bcfgk  5 adfgs  6 acdefgk  7 abc
8 abcdefgk  9 abcdfgk  A abcefgk  B abcdilk  C adef  D abcdil  E adefgk  F aefgk  G acdefk
H bcefgk  I adil  J bcde  K efgqs  L def  M bcefpq  N bcefps  O abcdef  P abefgk  Q abcdefs
R abefgks  S acdfgk  T ail  U bcdef  V efqr  W bcefrs  X pqrs  Y pql  Z adqr  - gk  + gkil
* gkilpqrs  / qr  \ ps  _ d  = dgk  $ acdfgkil  < qs  > pr  | il""")


@dataclass(frozen=True)
class SegmentFont:
    """A display of seven or fourteen segments."""

    style: str
    shapes: str  # "seven" or "fourteen"
    width: float  # of a digit's outline
    thick: float  # of a segment
    gap: float  # between segments
    ends: str  # "point", "flat" or "mitre"
    lean: float  # tangent to the right
    spacing: float  # between digits
    tails: bool = True  # on 6 and 9
    hook: bool = False  # on 7
    lineage: str = "displays"
    family: str = SEGMENTS

    @property
    def table(self) -> dict[str, str]:
        return SEVEN if self.shapes == "seven" else FOURTEEN

    @property
    def lacks(self) -> str:
        # Without its tail a 6 is a b.
        return "".join(
            c
            for c in PRINTABLE
            if c not in self.table and c not in ".:" or (c == "b" and not self.tails)
        )

    def metrics(self) -> glyphs.Metrics:
        radius, nested = self._point()
        advances = {c: self.width + self.spacing for c in PRINTABLE + " "}
        advances["."] = 0.0 if nested else 2 * radius + self.spacing
        advances[":"] = 2 * radius + self.spacing
        return glyphs.Metrics(advances, 1.0, 1.0, 0.0, advances[" "])

    def render(
        self,
        chars: Iterable[str],
        em: float,
        stretch: float,
        slant: float,
        fatten: float,
        unlit: bool = False,
    ) -> dict[str, glyphs.Glyph]:
        """{char: Glyph}; `unlit` draws all segments of each place instead of the lit ones."""
        found = {}
        for char in chars:
            lit = self._lit("8" if unlit and char not in ".:" else char, unlit)
            half = self.thick / 2 + fatten / (2 * em)
            polygons = [_segment(*_ENDS[name], self, half) for name in lit]
            if char in ".:":
                radius, nested = self._point()
                x = -self.spacing / 2 if nested and char == "." else radius
                rows = (-radius,) if char == "." else (-0.3, -0.7)
                polygons = [
                    _disc((x, y), radius + fatten / (2 * em), self.ends != "point") for y in rows
                ]
            found[char] = _draw(polygons, em, stretch, slant + self.lean)
        return {char: glyph for char, glyph in found.items() if glyph is not None}

    def _lit(self, char: str, unlit: bool) -> str:
        if unlit:
            return "abcdefg" if self.shapes == "seven" else "abcdefgkilpqrs"
        lit = self.table.get(char, "")
        if char in "69" and not self.tails:
            lit = lit.replace("a" if char == "6" else "d", "")
        return lit + "f" if char == "7" and self.hook else lit

    def _point(self) -> tuple[float, bool]:
        """The radius of a point, and whether it stands between two digits."""
        radius = 0.58 * self.thick
        return radius, self.spacing > 2 * radius + 0.12


# Where segments begin and end in units of the digit's centre lines, whether each end is a corner,
# and which side is outside.
_ENDS = {
    "a": ((0, 0), (1, 0), True, True, -1),
    "b": ((1, 0), (1, 0.5), True, False, -1),
    "c": ((1, 0.5), (1, 1), False, True, -1),
    "d": ((0, 1), (1, 1), True, True, 1),
    "e": ((0, 0.5), (0, 1), False, True, 1),
    "f": ((0, 0), (0, 0.5), True, False, 1),
    "g": ((0, 0.5), (1, 0.5), False, False, 0),
    "k": ((0.5, 0.5), (1, 0.5), False, False, 0),
    "i": ((0.5, 0), (0.5, 0.5), False, False, 0),
    "l": ((0.5, 0.5), (0.5, 1), False, False, 0),
    "p": ((0, 0), (0.5, 0.5), False, False, 0),
    "q": ((0.5, 0.5), (1, 0), False, False, 0),
    "r": ((0.5, 0.5), (0, 1), False, False, 0),
    "s": ((0.5, 0.5), (1, 1), False, False, 0),
}


def _segment(
    start: Point,
    end: Point,
    start_corner: bool,
    end_corner: bool,
    outside: int,
    font: SegmentFont,
    half: float,
) -> np.ndarray:
    """One segment as a polygon."""
    size = np.array((font.width - font.thick, 1 - font.thick))
    base = np.array((font.thick / 2, font.thick / 2 - 1))
    a, b = base + size * start, base + size * end
    if font.shapes == "fourteen" and (start, end) == ((0, 0.5), (1, 0.5)):
        b = base + size * (0.5, 0.5)  # the middle is in halves
    diagonal = start[0] != end[0] and start[1] != end[1]
    along = (b - a) / np.hypot(*(b - a))
    across = np.array((-along[1], along[0]))
    inset = font.gap * 0.6
    if diagonal:
        a, b = a + along * 2.0 * half, b - along * 2.0 * half
        across = across * 0.8
    if font.ends == "mitre" and outside and not diagonal:
        outer = across * outside  # `across` turns right of the way: down for a, left for b
        first, last = (-half if start_corner else 0.0), (-half if end_corner else 0.0)
        return np.array(
            (
                a + along * (inset + first) + outer * half,
                b - along * (inset + last) + outer * half,
                b - along * (inset + half) - outer * half,
                a + along * (inset + half) - outer * half,
            )
        )
    side = across * half
    if font.ends == "flat":
        inset += half * (0.9 if not diagonal else 0)
        return np.array(
            (
                a + along * inset + side,
                b - along * inset + side,
                b - along * inset - side,
                a + along * inset - side,
            )
        )
    point = inset + half
    return np.array(
        (
            a + along * inset,
            a + along * point + side,
            b - along * point + side,
            b - along * inset,
            b - along * point - side,
            a + along * point - side,
        )
    )


def segment_font(rng: np.random.Generator, shapes: str, tech: str) -> SegmentFont:
    """A display as they are built: most lean a little, LCDs are finer than LEDs."""
    seven = shapes == "seven"
    thick = rng.uniform(0.1, 0.2) if seven else rng.uniform(0.07, 0.125)
    if tech == "lcd":
        thick *= 0.85
    return SegmentFont(
        f"{'7' if seven else '14'} {tech}",
        shapes,
        width=float(np.clip(rng.normal(0.57 if seven else 0.66, 0.06), 0.42, 0.85)),
        thick=float(thick),
        gap=float(rng.uniform(0.0, 0.045)),
        ends=("point", "point", "flat", "mitre", "mitre")[int(rng.integers(5))],
        lean=float(rng.uniform(0.08, 0.2)) if rng.random() < 0.65 else 0.0,
        spacing=float(rng.uniform(0.17, 0.42)),
        tails=bool(rng.random() < 0.85),
        hook=bool(rng.random() < 0.12),
    )


@functools.lru_cache(maxsize=1)
def dot_shapes() -> dict[str, list[list[int]]]:
    """{char: [rows]}: one shape in seven rows, and where there is one, one that reaches lower."""
    shapes: dict[str, list[list[int]]] = {}
    for line in SHAPES.read_text().splitlines():
        if line.startswith("//"):
            continue
        char, *rows = line.split(" ")
        shapes.setdefault(char, []).append([int(row, 16) for row in rows])
    return shapes


@dataclass(frozen=True)
class DotFont:
    """A matrix of dots, 5 by 7."""

    style: str
    dot: float  # diameter over the dots' distance
    square: bool
    aspect: float  # distance of columns over that of rows
    gap: int  # columns between characters
    deep: bool  # descenders below the baseline
    slashed: bool  # the zero
    proportional: bool
    jitter: float  # of a dot, in distances
    shear: float  # of a column, as a moving print head leaves it
    seed: int
    lineage: str = "displays"
    family: str = DOTS

    @property
    def lacks(self) -> str:
        return "" if self.slashed else "O"  # one shape with the plain zero: the digit has it

    def metrics(self) -> glyphs.Metrics:
        pitch = self.aspect / 7
        advances = {c: (self._columns(c)[1] + self.gap) * pitch for c in PRINTABLE}
        advances[" "] = (3 + self.gap if self.proportional else 5 + self.gap) * pitch
        return glyphs.Metrics(advances, 1.0, 5 / 7, 2 / 7 if self.deep else 0.0, advances[" "])

    def render(
        self,
        chars: Iterable[str],
        em: float,
        stretch: float,
        slant: float,
        fatten: float,
        unlit: bool = False,
    ) -> dict[str, glyphs.Glyph]:
        """{char: Glyph}; `unlit` draws every dot of each place."""
        found = {}
        radius = (self.dot / 7 + fatten / em) / 2
        for char in chars:
            first, _ = self._columns(char)
            rows = [31] * (8 if self.deep else 7) if unlit else self._rows(char)
            row, column = np.array(
                [(y, x) for y, bits in enumerate(rows) for x in range(5) if bits >> (4 - x) & 1]
            ).T
            x = (column - first + 0.5) * self.aspect / 7
            y = (row - 6.5) / 7 + self.shear * x
            centers = np.stack((x, y), axis=1)
            if self.jitter:
                noise = np.random.default_rng((self.seed, ord(char)))
                centers += noise.normal(0, self.jitter / 7, centers.shape)
            found[char] = _draw_dots(centers, radius, self.square, em, stretch, slant)
        return {char: glyph for char, glyph in found.items() if glyph is not None}

    def _rows(self, char: str) -> list[int]:
        if char == "0" and not self.slashed:
            char = "O"
        return dot_shapes()[char][-1 if self.deep else 0]

    def _columns(self, char: str) -> tuple[int, int]:
        """First column and number of columns."""
        if not self.proportional:
            return 0, 5
        used = functools.reduce(int.__or__, self._rows(char))
        return 5 - used.bit_length(), used.bit_length() - (used & -used).bit_length() + 1


def dot_font(rng: np.random.Generator, tech: str) -> DotFont:
    """A dot matrix: a display's are even, a printer's wander and run together."""
    printed = tech in ("inkjet", "needles")
    dot = {"led": (0.6, 0.95), "lcd": (0.85, 0.97), "inkjet": (0.7, 1.25), "needles": (0.95, 1.5)}[
        tech
    ]
    return DotFont(
        f"5x7 {tech}",
        dot=float(rng.uniform(*dot)),
        square=bool(tech == "lcd" and rng.random() < 0.85 or tech == "led" and rng.random() < 0.2),
        aspect=float(rng.uniform(0.8, 1.15)),
        gap=2 if rng.random() < 0.25 else 1,
        deep=bool(rng.random() < 0.5),
        slashed=bool(rng.random() < 0.8),
        proportional=bool(rng.random() < (0.1 if printed else 0.25)),
        jitter=float(rng.uniform(0.03, 0.14)) if printed else 0.0,
        shear=float(rng.normal(0, 0.05)) if tech == "inkjet" else 0.0,
        seed=int(rng.integers(1 << 31)),
    )


def _disc(center: Point, radius: float, square: bool) -> np.ndarray:
    if square:
        corners = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1)))
        return corners * radius * 0.9 + np.array(center)
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    return np.stack((np.cos(angle), np.sin(angle)), axis=1) * radius + np.array(center)


def _lean(points: ArrayLike, em: float, stretch: float, slant: float) -> np.ndarray:
    points = np.asarray(points)
    return np.stack((points[:, 0] * stretch - points[:, 1] * slant, points[:, 1]), axis=1) * em


def _glyph(bitmap: np.ndarray, left: int, top: int) -> glyphs.Glyph | None:
    hull = glyphs.hull(bitmap)
    return None if hull is None else glyphs.Glyph(bitmap, left, top, hull + (left, top))


def _draw(
    polygons: list[np.ndarray], em: float, stretch: float, slant: float
) -> glyphs.Glyph | None:
    """Polygons as a Glyph of `em` pixels a cap height."""
    placed = [_lean(points, em, stretch, slant) for points in polygons]
    every = np.concatenate(placed)
    left, top = (int(v) for v in np.floor(every.min(axis=0)) - 1)
    width, height = (int(v) for v in np.ceil(every.max(axis=0)) + 2 - (left, top))
    bitmap = np.zeros((height, width), np.uint8)
    for points in placed:
        fixed = np.round((points - (left + 0.5, top + 0.5)) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(bitmap, [fixed], 255, cv2.LINE_AA, _SHIFT)
    return _glyph(bitmap, left, top)


def _draw_dots(
    centers: np.ndarray, radius: float, square: bool, em: float, stretch: float, slant: float
) -> glyphs.Glyph | None:
    placed = _lean(centers, em, stretch, slant)
    reach = radius * em
    left, top = (int(v) for v in np.floor(placed.min(axis=0) - reach) - 1)
    width, height = (int(v) for v in np.ceil(placed.max(axis=0) + reach) + 2 - (left, top))
    bitmap = np.zeros((height, width), np.uint8)
    fixed = np.round((placed - (left + 0.5, top + 0.5)) * (1 << _SHIFT)).astype(np.int32)
    size = max(1, round(reach * (1 << _SHIFT)))
    for x, y in fixed.tolist():
        if square:
            x1, y1 = x + size, y + size
            corners = np.array(((x - size, y - size), (x1, y - size), (x1, y1), (x - size, y1)))
            cv2.fillPoly(bitmap, [corners], 255, cv2.LINE_AA, _SHIFT)
        else:
            cv2.circle(bitmap, (x, y), size, 255, -1, cv2.LINE_AA, _SHIFT)
    return _glyph(bitmap, left, top)

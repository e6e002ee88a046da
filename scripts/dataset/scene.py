"""The flat world before the camera: surfaces, labels, print, clutter, as reflectance 0...1.

Coordinates: a pixel covers [i, i+1]; a homography takes a block's sheet (cap heights, or the finer
pixels of its coverage bitmap) to the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import ArrayLike

from dataset import glyphs, layout

OVERSAMPLING = 2  # coverage bitmaps are this much finer than the picture
_SHIFT = 4  # fractional bits of OpenCV's drawing coordinates

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # x0, y0, x1, y1
# Takes ink away: is given the sheet, (x, y, w, h) of each glyph on it and how many of its pixels
# make a cap height, and returns the sheet.
Cut = Callable[[np.ndarray, list[tuple[int, int, int, int]], float], np.ndarray]


class Named(Protocol):
    """What characters are of: a font, or what stands for one."""

    @property
    def family(self) -> str: ...


class Mask(NamedTuple):
    """Coverage, uint8, and the pixel of the picture where its upper left corner stands."""

    coverage: np.ndarray
    corner: np.ndarray


class _Rendered(NamedTuple):
    """A character's glyph on a block's sheet."""

    char: str
    run: int
    glyph: glyphs.Glyph
    pen: tuple[int, int]
    left: int
    top: int


class Printed(NamedTuple):
    """A block as it comes to stand in the picture."""

    mask: Mask
    boxes: list[tuple[str, int, Box]]  # character, number of its run, its ink
    ends: list[Point]  # of each character's ink, in cap heights


@dataclass
class Placed:
    """A block with its way into the picture."""

    block: layout.Block
    cap: float  # cap height in picture pixels at the block's centre
    homography: np.ndarray  # cap heights -> picture


@dataclass
class Character:
    char: str
    line: int
    box: Box  # of the ink in picture pixels
    light: bool
    font: Named
    cap: float
    either: bool = False  # relief: both its light and its dark edges show it
    turn: float = 0.0  # of a counter's drum, -0.5...0.5: how far it has rolled on from the digit


@dataclass
class Text:
    """A line of text in a picture."""

    line: int  # index into Sample.lines
    start: Point  # on the baseline under the left end of the ink, picture pixels
    end: Point  # the same under the right end
    cap: float  # from the baseline to the tops of capitals, perpendicular to the baseline
    x_height: float  # the same for small letters of its font
    light: bool  # ink lighter than its surface
    family: str
    unsure: bool = False  # a counter's drum stands between two digits: what it says is open


def text_points(placed: Placed, run: layout.Run, left: float, right: float) -> np.ndarray:
    """Five points that hold a line's geometry, in picture pixels: start and end of its baseline,
    the baseline's middle, and above that the tops of a capital and of an x.

    `left` and `right` are the ends of the ink in cap heights."""
    sizes = glyphs.metrics(run.font)
    middle, small = (left + right) / 2, sizes.x_height / sizes.cap_height
    return transform(
        placed.homography,
        [
            (left, run.baseline),
            (right, run.baseline),
            (middle, run.baseline),
            (middle, run.baseline - run.size),
            (middle, run.baseline - run.size * small),
        ],
    )


def text(points: ArrayLike, line: int, light: bool, family: str) -> Text:
    """The Text of five such points."""
    start, end, middle, capital, small = np.asarray(points, np.float64)
    along = (end - start) / max(1e-9, np.hypot(*(end - start)))
    cap, x_height = (
        abs(float(along[0] * (top - middle)[1] - along[1] * (top - middle)[0]))
        for top in (capital, small)
    )
    return Text(
        line, tuple(start.tolist()), tuple(end.tolist()), cap, x_height, bool(light), family
    )


def transform(homography: np.ndarray, points: ArrayLike) -> np.ndarray:
    """[n, 2] points through a homography."""
    points = np.asarray(points, np.float64)
    out = points @ homography[:2, :2].T + homography[:2, 2]
    return out / (points @ homography[2, :2] + homography[2, 2])[:, None]


def fill(canvas: np.ndarray, points: ArrayLike, value: float) -> None:
    """Fills a polygon, antialiased."""
    fixed = np.round((np.asarray(points) - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [fixed], value, cv2.LINE_AA, _SHIFT)


def rectangle(width: float, height: float, radius: float = 0.0) -> np.ndarray:
    """Corner points of a centred, possibly rounded rectangle."""
    w, h = width / 2, height / 2
    radius = min(radius, w, h)
    if radius <= 0:
        return np.array([(-w, -h), (w, -h), (w, h), (-w, h)])
    arc = np.linspace(0, np.pi / 2, 6)
    points = []
    for quarter, (cx, cy) in enumerate(
        (
            (w - radius, h - radius),
            (radius - w, h - radius),
            (radius - w, radius - h),
            (w - radius, radius - h),
        )
    ):
        angle = arc + quarter * np.pi / 2
        points += [(cx + radius * np.cos(a), cy + radius * np.sin(a)) for a in angle]
    return np.array(points)


def smooth_noise(rng: np.random.Generator, width: int, height: int, cell: float) -> np.ndarray:
    """Low-frequency noise of about unit variance with features of `cell` pixels."""
    shape = (max(3, int(height / cell) + 2), max(3, int(width / cell) + 2))
    grid = rng.standard_normal(shape, dtype=np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)


def unlit(rng: np.random.Generator, placed: Placed, fatten: float) -> Mask | None:
    """All that a block's displays could light."""
    found = covered(rng, placed, fatten, 0, True)
    return None if found is None else found.mask


def _rendered(placed: Placed, fatten: float, unlit: bool) -> list[_Rendered]:
    block, scale = placed.block, placed.cap * OVERSAMPLING
    found: list[_Rendered] = []
    for number, run in enumerate(block.runs):
        em = scale * run.size / glyphs.metrics(run.font).cap_height
        bitmaps = glyphs.render(
            run.font,
            sorted({char for char, _, _ in run.pens}),
            em,
            block.stretch,
            block.slant,
            fatten * scale * run.size,
            unlit,
        )
        for char, x, y in run.pens:
            glyph = bitmaps.get(char)
            if glyph is not None:
                px, py = round(x * scale), round(y * scale)
                left, top = px + glyph.left, py + glyph.top
                found.append(_Rendered(char, number, glyph, (px, py), left, top))
    return found


def covered(
    rng: np.random.Generator,
    placed: Placed,
    fatten: float,
    wear: float,
    unlit: bool = False,
    cut: Cut | None = None,
) -> Printed | None:
    """Renders a block's ink, or with `unlit` all that its displays could light; None if nothing is
    left of it."""
    scale = placed.cap * OVERSAMPLING
    rendered = _rendered(placed, fatten, unlit)
    if not rendered:
        return None
    pad = 3
    x0, y0 = min(one.left for one in rendered) - pad, min(one.top for one in rendered) - pad
    x1 = max(one.left + one.glyph.bitmap.shape[1] for one in rendered) + pad
    y1 = max(one.top + one.glyph.bitmap.shape[0] for one in rendered) + pad
    sheet = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for _, _, glyph, _, left, top in rendered:
        h, w = glyph.bitmap.shape
        area = sheet[top - y0 : top - y0 + h, left - x0 : left - x0 + w]
        np.maximum(area, glyph.bitmap, out=area)
    if cut:
        places = []
        for _, _, glyph, _, left, top in rendered:
            h, w = glyph.bitmap.shape
            places.append((left - x0, top - y0, w, h))
        sheet = cut(sheet, places, scale)
    if wear:
        sheet = worn(rng, sheet, wear, scale)
    # Below the picture's resolution no detail is left to see, so it may not alias either.
    sheet = cv2.GaussianBlur(sheet, (3, 3), 0.6)
    # Cap heights -> coverage pixels is a pure scale, so the way back is one too.
    to_picture = placed.homography @ np.diag((1 / scale, 1 / scale, 1.0))
    boxes = []
    corner = np.full(2, np.inf)
    far = np.full(2, -np.inf)
    for char, number, glyph, pen, _, _ in rendered:
        points = transform(to_picture, glyph.hull + pen)
        half = 0.5 / OVERSAMPLING
        low, high = points.min(axis=0) - half, points.max(axis=0) + half
        corner, far = np.minimum(corner, low), np.maximum(far, high)
        boxes.append((char, number, (*low, *high)))
    corner = np.floor(corner).astype(int) - 2
    size = np.ceil(far).astype(int) + 2 - corner
    shift = np.array(((1, 0, x0 + 0.5), (0, 1, y0 + 0.5), (0, 0, 1)))
    back = np.array(((1, 0, -corner[0] - 0.5), (0, 1, -corner[1] - 0.5), (0, 0, 1)))
    warped = cv2.warpPerspective(
        sheet, back @ to_picture @ shift, tuple(int(v) for v in size), flags=cv2.INTER_LINEAR
    )
    return Printed(Mask(warped, corner), boxes, _ends(rendered, scale))


def _ends(rendered: list[_Rendered], scale: float) -> list[Point]:
    half = 0.5  # hulls go through the centres of pixels
    columns = [(one.glyph.hull[:, 0], one.pen[0]) for one in rendered]
    return [
        ((hull.min() - half + x) / scale, (hull.max() + half + x) / scale) for hull, x in columns
    ]


def worn(rng: np.random.Generator, sheet: np.ndarray, amount: float, scale: float) -> np.ndarray:
    """Ink with dropouts: blotches, scratches or pinholes over about `amount` of it."""
    h, w = sheet.shape
    shape = rng.random()
    if shape < 0.5:
        noise = smooth_noise(rng, w, h, max(2.0, scale * rng.uniform(0.06, 0.5)))
        level = np.quantile(noise[::3, ::3], 1 - amount)
        kept = np.clip((level - noise) * rng.uniform(1.5, 6) + 0.5, rng.uniform(0, 0.4), 1)
    elif shape < 0.75:
        kept = np.ones((h, w), np.float32)
        for _ in range(1 + int(amount * 30)):
            a = rng.uniform((0, 0), (w, h))
            b = a + rng.normal(0, w * 0.3, 2) * (1, 0.3)
            cv2.line(
                kept,
                tuple(int(v) for v in a),
                tuple(int(v) for v in b),
                float(rng.uniform(0, 0.6)),
                max(1, int(scale * rng.uniform(0.01, 0.06))),
                cv2.LINE_AA,
            )
    else:
        noise = smooth_noise(rng, w, h, max(1.5, scale * 0.05))
        kept = (noise < np.quantile(noise[::3, ::3], 1 - amount)).astype(np.float32)
    return (sheet * kept).astype(np.uint8)


def texture(
    rng: np.random.Generator, width: int, height: int, strength: float
) -> np.ndarray | None:
    """A surface's pattern around 0, of about `strength`; None for a plain one."""
    shape = rng.random()
    if shape < 0.35:
        return None
    if shape < 0.55:
        pattern = smooth_noise(rng, width, height, rng.uniform(6, 60))
    elif shape < 0.72:
        pattern = smooth_noise(rng, width, height, rng.uniform(1.5, 3))
    elif shape < 0.84:  # brushed metal, wood
        long, short = rng.uniform(20, 200), rng.uniform(1.2, 4)
        if rng.random() < 0.5:
            long, short = short, long
        grid = rng.standard_normal((int(height / short) + 3, int(width / long) + 3), np.float32)
        pattern = cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)
    else:  # printed screens: stripes, checks, dots
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 24)
        x = np.arange(width, dtype=np.float32) * (2 * np.pi / period)
        y = np.arange(height, dtype=np.float32)[:, None] * (2 * np.pi / period)
        pattern = np.sin(x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)))
        if rng.random() < 0.6:
            turned = y * np.float32(np.cos(angle)) - x * np.float32(np.sin(angle))
            pattern = pattern * np.sin(turned)
        if rng.random() < 0.4:
            pattern = np.sign(pattern - np.float32(rng.uniform(0, 0.6)))
    return pattern * np.float32(strength)


def clutter(
    rng: np.random.Generator, canvas: np.ndarray, amount: float, avoid: np.ndarray, reach: float
) -> None:
    """Draws about `amount` blobs, dots, lines, boxes, rings or bar codes clear of `avoid` boxes."""
    height, width = canvas.shape
    for _ in range(int(rng.poisson(amount))):
        level = float(rng.uniform(0.02, 1.0))
        shape = rng.random()
        size = float(np.exp(rng.normal(np.log(reach * 0.3), 0.8)))
        size = min(max(size, 0.7), width * 0.3)
        center = rng.uniform((-5, -5), (width + 5, height + 5))
        angle = rng.uniform(0, np.pi)
        along = np.array((np.cos(angle), np.sin(angle)))
        across = np.array((-along[1], along[0]))
        if shape < 0.5:
            extent = np.array((size, size))
        elif shape < 0.75:
            length = rng.uniform(0.1, 1.2) * width
            extent = np.abs(along) * length / 2 + 3
        else:
            extent = np.array((size, size)) * 3 + 2
        low, high = center - extent - reach * 0.45 - 2, center + extent + reach * 0.45 + 2
        if len(avoid) and np.any(
            (avoid[:, 0] < high[0])
            & (avoid[:, 2] > low[0])
            & (avoid[:, 1] < high[1])
            & (avoid[:, 3] > low[1])
        ):
            continue
        if shape < 0.38:
            fill(canvas, _ellipse(center, size, size * rng.uniform(0.7, 1.4), angle), level)
        elif shape < 0.5:
            points = _ellipse(center, size, size, 0) + rng.normal(0, size * 0.2, (14, 2))
            fill(canvas, points, level)
        elif shape < 0.75:
            thick = rng.uniform(0.4, max(0.8, reach * 0.12))
            ends = along * length / 2, across * thick
            fill(
                canvas,
                [
                    center - ends[0] - ends[1],
                    center + ends[0] - ends[1],
                    center + ends[0] + ends[1],
                    center - ends[0] + ends[1],
                ],
                level,
            )
        elif shape < 0.84:
            outer = rectangle(size * rng.uniform(1, 5), size * rng.uniform(1, 5))
            turn = np.stack((along, across))
            before = canvas.copy() if rng.random() < 0.6 else None
            fill(canvas, outer @ turn + center, level)
            if before is not None:
                _restore(canvas, before, outer * 0.82 @ turn + center)
        elif shape < 0.92:
            before = canvas.copy()
            fill(canvas, _ellipse(center, size, size, 0), level)
            _restore(canvas, before, _ellipse(center, size * 0.7, size * 0.7, 0))
        else:
            bar = max(1.0, reach * rng.uniform(0.06, 0.15))
            x = -size * 2.5
            turn = np.stack((along, across)) if rng.random() < 0.2 else np.eye(2)
            while x < size * 2.5:
                wide = bar * rng.integers(1, 4)
                corners = np.array(((x, -size), (x + wide, -size), (x + wide, size), (x, size)))
                fill(canvas, corners @ turn + center, level)
                x += wide + bar * rng.integers(1, 4)


def _ellipse(center: np.ndarray, a: float, b: float, angle: float) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    x, y = a * np.cos(t), b * np.sin(t)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack((x * c - y * s, x * s + y * c), axis=1) + center


def _restore(canvas: np.ndarray, before: np.ndarray, points: np.ndarray) -> None:
    mask = np.zeros(canvas.shape, np.uint8)
    fill(mask, points, 255)
    np.copyto(canvas, before, where=mask > 127)

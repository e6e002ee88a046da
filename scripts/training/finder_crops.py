"""Crops of pictures that a finder is trained on, with their light and noise."""

from typing import Protocol

import cv2
import numpy

from training import finder
from training.finder import CELL
from training.finder_targets import EITHER, Lines, Shape, Targets, targets, visible

FAINTEST = 4.0  # levels of the tone
# The padding that a tight crop gets, and that of its halves.
REFLECTED = (16, 16, 8, 4)

cv2.setNumThreads(1)


def photographed(
    crop: numpy.ndarray, rng: numpy.random.Generator
) -> tuple[numpy.ndarray, bool, float]:
    """Other light, contrast, focus, noise. Returns (uint8 crop, whether it is inverted, noise)."""
    x = crop.astype(numpy.float32)
    invert = rng.random() < 0.25
    if invert:
        x = 255 - x
    if rng.random() < 0.6:
        x = 255 * (x / 255) ** numpy.float32(numpy.exp(rng.normal(0, 0.35)))
    contrast = 1.0
    chance = rng.random()
    if chance < 0.22:
        # A dark or pale panel: a few levels of contrast.
        contrast = float(numpy.exp(rng.uniform(numpy.log(0.08), numpy.log(0.6))))
    elif chance < 0.7:
        contrast = float(rng.uniform(0.6, 1.1))
    if contrast != 1.0:
        room = 255 * (1 - contrast)
        base = room * rng.random() ** (2.5 if rng.random() < 0.6 else 0.7) if room > 0 else 0
        x = x * numpy.float32(contrast) + numpy.float32(base)
    if rng.random() < 0.3:
        # Light falls off to one side.
        h, w = x.shape
        side = rng.normal(0, 0.35, 2)
        ramp = numpy.linspace(-side[0], side[0], h, dtype=numpy.float32)[:, None] + numpy.linspace(
            -side[1], side[1], w, dtype=numpy.float32
        )
        x *= numpy.exp(numpy.clip(ramp, -1.5, 0.7))
    if rng.random() < 0.3:
        x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.3, 1.1)))
    amount = 0.0
    if rng.random() < 0.5:
        amount = min(9.0, 28 * contrast) * rng.random() ** 2
        x += rng.standard_normal(x.shape, dtype=numpy.float32) * numpy.float32(amount)
    return numpy.clip(x + 0.5, 0, 255).astype(numpy.uint8), invert, amount


# An orthonormal basis of shadings over 3 rows of 40 points.
PLANE = numpy.linalg.qr(
    numpy.stack(
        [numpy.ones(120), numpy.tile(numpy.arange(40), 3), numpy.repeat(numpy.arange(3), 40)], 1
    )
)[0]


def faint(crop: numpy.ndarray, lines: Lines, noise: float) -> numpy.ndarray:
    """Which lines no longer stand out from their ground, shading left out."""
    if not len(lines):
        return numpy.zeros(0, bool)
    share = (numpy.arange(40) + 0.5) / 40
    along, length = lines.along()
    up = numpy.stack([along[:, 1], -along[:, 0]], 1) * lines.cap[:, None]
    points = (
        lines.start[:, None, None]
        + (lines.end - lines.start)[:, None, None] * share[:, None]
        + up[:, None, None] * numpy.array([0.25, 0.5, 0.75])[:, None, None]
    )
    x, y = points[..., 0].reshape(len(lines), -1), points[..., 1].reshape(len(lines), -1)
    known = (x >= 0) & (y >= 0) & (x < crop.shape[1]) & (y < crop.shape[0])
    smooth = cv2.blur(crop, (3, 3))
    values = smooth[numpy.where(known, y, 0).astype(int), numpy.where(known, x, 0).astype(int)]
    result = numpy.zeros(len(lines), bool)
    for k in range(len(lines)):
        seen = values[k][known[k]]
        if len(seen):
            step = 104 / (24 + float(seen.mean()))  # of the tone, a gray level
            seen = finder.TONE[seen].astype(numpy.float32)
            if known[k].all():
                seen = seen - PLANE @ (PLANE.T @ seen)
            low, high = numpy.percentile(seen, (8, 92))
            result[k] = high - low < max(FAINTEST, step * (2 + 1.3 * noise))
    return result


def affine(
    scale: float,
    centre: numpy.ndarray,
    goal: numpy.ndarray,
    stretch: float,
    angle: float,
    shear: float,
) -> numpy.ndarray:
    """Scales by `scale` (x also by `stretch`), shears, turns; takes `centre` to `goal`."""
    c, s = numpy.cos(angle), numpy.sin(angle)
    linear = numpy.array([[c, -s], [s, c]]) @ numpy.array(
        [[scale * stretch, shear * scale], [0, scale]]
    )
    return numpy.column_stack([linear, numpy.asarray(goal) - linear @ centre])


def cover(seen: numpy.ndarray, boxes: numpy.ndarray, matrix: numpy.ndarray, border: int) -> None:
    """Marks sub-cells in or near unread characters as not seen."""
    x, y = finder.centres(*seen.shape)
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    corners = (corners @ matrix[:, :2].T + matrix[:, 2] + border).reshape(-1, 4, 2)
    for (left, top), (right, bottom) in zip(corners.min(1) - 3, corners.max(1) + 3):
        seen &= (x < left) | (x > right) | (y < top) | (y > bottom)


class Pictures(Protocol):
    def draw(
        self, rng: numpy.random.Generator
    ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """A picture, the rows of its lines and its unread characters' boxes."""


class Cropper:
    """Draws crops from pictures and from clutter."""

    def __init__(self, pictures: Pictures, clutter: list[numpy.ndarray]) -> None:
        self.pictures, self.clutter = pictures, clutter

    def clutter_crop(self, shape: Shape, rng: numpy.random.Generator) -> numpy.ndarray:
        """A piece of a natural picture."""
        source = self.clutter[rng.integers(len(self.clutter))]
        scale = float(numpy.exp(rng.uniform(numpy.log(0.25), numpy.log(1.3))))
        scale = max(scale, 1.02 * max(shape[0] / source.shape[0], shape[1] / source.shape[1]))
        h, w = (
            min(int(shape[0] / scale), source.shape[0]),
            min(int(shape[1] / scale), source.shape[1]),
        )
        top, left = (
            int(rng.integers(0, room + 1)) for room in (source.shape[0] - h, source.shape[1] - w)
        )
        piece = source[top : top + h, left : left + w]
        if rng.random() < 0.5:
            piece = piece[:, ::-1]
        return cv2.resize(numpy.ascontiguousarray(piece), shape[::-1], interpolation=cv2.INTER_AREA)

    def crop(
        self, shape: Shape, rng: numpy.random.Generator, tight: bool = False
    ) -> tuple[numpy.ndarray, Targets]:
        """(uint8 crop, the wanted outputs), as `targets` gives them."""
        border = min(REFLECTED[rng.integers(len(REFLECTED))], shape[0] // 4) if tight else 0
        inner = (shape[0] - 2 * border, shape[1] - 2 * border)
        if not tight and self.clutter and rng.random() < 0.07:
            picture = self.clutter_crop(shape, rng)
            return self.finished(picture, Lines(numpy.zeros((0, 9))), shape, inner, rng)
        picture, lines, unread = self.pictures.draw(rng)
        if not len(lines) and rng.random() < 0.5:
            picture, lines, unread = self.pictures.draw(rng)
        source = Lines(lines[(lines[:, 5] > 2) & (lines[:, 5] < 1000)])
        size: Shape = picture.shape[0], picture.shape[1]
        view = self.view(source, size, shape, inner, rng, tight)
        scale, centre, goal, stretch, angle, shear = view
        while scale < 0.62 and min(picture.shape) > 7:
            picture = cv2.resize(
                picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2],
                None,
                fx=0.5,
                fy=0.5,
                interpolation=cv2.INTER_AREA,
            )
            half = numpy.array([[0.5, 0, 0], [0, 0.5, 0]])
            source, centre, scale, unread = source.moved(half), centre / 2, scale * 2, unread / 2
        matrix = affine(scale, centre, goal, stretch, angle, shear)
        moved = source.moved(matrix)
        # OpenCV's pixels have their centres at whole numbers.
        shifted = matrix.copy()
        shifted[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        crop = cv2.warpAffine(
            picture, shifted, inner[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        size = picture.shape[0], picture.shape[1]
        seen: numpy.ndarray | None = self.seen(size, matrix, inner, shape)
        if not tight and self.clutter and rng.random() < 0.35:
            crop, seen = self.set_in(crop, moved, matrix, size, rng), None
        if len(unread):
            seen = (
                numpy.ones((2 * shape[0] // CELL, shape[1] // CELL), bool) if seen is None else seen
            )
            cover(seen, unread, matrix, border)
        return self.finished(crop, moved, shape, inner, rng, seen)

    @staticmethod
    def view(
        source: Lines,
        size: Shape,
        shape: Shape,
        inner: Shape,
        rng: numpy.random.Generator,
        tight: bool,
    ) -> tuple[float, numpy.ndarray, numpy.ndarray, float, float, float]:
        """(scale, centre, goal, stretch, angle, shear) of a crop of a picture, as `affine` takes
        them: around a line's own place, most often."""
        at = None
        if len(source) and (tight or rng.random() < 0.93):
            # Short lines more often than their share of the lines.
            odds = 1 / numpy.sqrt(numpy.maximum(source.characters, 1))
            at = int(rng.choice(len(source), p=odds / odds.sum()))
        angle = (
            rng.uniform(-0.8, 0.8)
            if rng.random() < (0.08 if tight else 0.25)
            else rng.normal(0, 0.08)
        )
        stretch = numpy.exp(rng.normal(0, 0.13))
        shear = rng.normal(0, 0.08)
        if at is None:
            scale = numpy.exp(rng.uniform(-1.6, 0.3))
            centre = rng.random(2) * size[::-1]
            goal = rng.random(2) * shape[::-1]
        else:
            if tight:
                cap = inner[0] * rng.uniform(0.42, 0.97)
                cap = min(cap, 29.0)
            else:
                cap = numpy.exp(rng.uniform(numpy.log(5.2), numpy.log(34)))
            scale = max(0.02, min(cap / source.cap[at], 1.7))
            along, length = source.along()
            up = numpy.array([along[at, 1], -along[at, 0]]) * source.cap[at]
            place = rng.random()
            if tight and scale * length[at] < inner[1] * 1.1:
                place = 0.5
            centre = source.start[at] + along[at] * length[at] * place + up / 2
            if tight:
                goal = numpy.array(inner[::-1]) / 2 + rng.normal(0, 0.06, 2) * cap
            else:
                goal = rng.uniform(0.06, 0.94, 2) * shape[::-1]
        return scale, centre, goal, stretch, angle, shear

    @staticmethod
    def seen(size: Shape, matrix: numpy.ndarray, inner: Shape, shape: Shape) -> numpy.ndarray:
        """Sub-cells [rows, columns] whose centres lie in the picture, not in its reflection."""
        x, y = finder.centres(2 * shape[0] // CELL, shape[1] // CELL)
        offset = (shape[0] - inner[0]) / 2
        back = numpy.linalg.inv(matrix[:, :2])
        points = (numpy.stack([x, y], -1) - offset - matrix[:, 2]) @ back.T
        return ((points > 0) & (points < (size[1], size[0]))).all(-1)

    def set_in(
        self,
        crop: numpy.ndarray,
        lines: Lines,
        matrix: numpy.ndarray,
        size: Shape,
        rng: numpy.random.Generator,
    ) -> numpy.ndarray:
        """The text's surroundings as a panel before natural clutter."""
        ground = self.clutter_crop((crop.shape[0], crop.shape[1]), rng)
        mask = numpy.zeros(crop.shape, numpy.uint8)
        h, w = size
        whole = numpy.array([(0, 0), (w, 0), (w, h), (0, h)]) @ matrix[:, :2].T + matrix[:, 2]
        if rng.random() < 0.5 and len(lines):
            along, _ = lines.along()
            cap = lines.cap.mean()
            points = []
            for k in range(len(lines)):
                up = numpy.array([along[k, 1], -along[k, 0]]) * lines.cap[k]
                points += [
                    lines.start[k] - 0.35 * up,
                    lines.end[k] - 0.35 * up,
                    lines.end[k] + 1.15 * up,
                    lines.start[k] + 1.15 * up,
                ]
            box = cv2.minAreaRect(numpy.array(points, numpy.float32))
            grow = rng.uniform(0.3, 2.0, 2) * cap
            box = (box[0], (box[1][0] + grow[0], box[1][1] + grow[1]), box[2])
            corners = cv2.boxPoints(box)
            panel = numpy.zeros_like(mask)
            cv2.fillPoly(panel, [numpy.round(whole * 16).astype(numpy.int32)], 255, cv2.LINE_8, 4)
            cv2.fillPoly(mask, [numpy.round(corners * 16).astype(numpy.int32)], 255, cv2.LINE_8, 4)
            mask &= panel
        else:
            cv2.fillPoly(mask, [numpy.round(whole * 16).astype(numpy.int32)], 255, cv2.LINE_8, 4)
        if rng.random() < 0.5:
            mask = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.4, 1.2)))
        share = mask.astype(numpy.float32) / 255
        level = numpy.float32(numpy.exp(rng.normal(0, 0.4)))
        mixed = crop * share + numpy.minimum(ground * level, 255) * (1 - share)
        return mixed.astype(numpy.uint8)

    def finished(
        self,
        crop: numpy.ndarray,
        lines: Lines,
        shape: Shape,
        inner: Shape,
        rng: numpy.random.Generator,
        seen: numpy.ndarray | None = None,
    ) -> tuple[numpy.ndarray, Targets]:
        offset = (shape[0] - inner[0]) // 2
        low, high = numpy.full(2, offset), numpy.array(inner[::-1]) + offset
        if offset:
            lines = lines.moved(numpy.array([[1.0, 0, offset], [0, 1.0, offset]]))
        crop, inverted, noise = photographed(crop, rng)
        if offset:
            crop = cv2.copyMakeBorder(crop, *[offset] * 4, cv2.BORDER_REFLECT_101)
        if inverted:
            lines.light = numpy.where(lines.light < EITHER, 1 - lines.light, EITHER)
        lines = lines.some(visible(lines, shape))
        wanted = targets(lines, shape, low, high, faint(crop, lines, noise))
        if seen is not None:
            wanted[0][~seen & (wanted[0] == 0).all(-1)] = -1
        return crop, wanted

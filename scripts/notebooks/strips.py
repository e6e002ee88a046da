"""Lines of print, cut out of drawn pictures as readers of lines see them: 32 rows, light on dark.

The program finds lines itself and takes more care of their ground; here the generator says where
they are.
"""

from typing import NamedTuple

import cv2
import numpy

from dataset.geometry import LINE
from dataset.sample import Generator, Recipe
from dataset.scene import Point

_MARGIN = 13  # columns before and after


class Strip(NamedTuple):
    pixels: numpy.ndarray  # uint8 [32, columns]
    text: str
    family: str


def cut(picture: numpy.ndarray, start: Point, end: Point, cap: float, light: bool) -> numpy.ndarray:
    """The line whose baseline runs from `start` to `end`, with all of its contrast."""
    (x0, y0), (x1, y1) = start, end
    scale = LINE.capital_rows / cap
    angle = numpy.arctan2(y1 - y0, x1 - x0)
    length = scale * numpy.hypot(x1 - x0, y1 - y0)
    steps = int(numpy.ceil((length + 2 * _MARGIN) / LINE.width_step))
    c, s = scale * numpy.cos(angle), scale * numpy.sin(angle)
    place = numpy.array(
        [[c, s, _MARGIN - c * x0 - s * y0], [-s, c, LINE.base_row - 0.5 + s * x0 - c * y0]]
    )
    strip = cv2.warpAffine(
        picture, place, (LINE.width_step * steps, LINE.rows), borderMode=cv2.BORDER_REPLICATE
    ).astype(float)
    if not light:
        strip = 255 - strip
    low, high = numpy.percentile(strip, (20, 98))
    return ((strip - low) * 255 / max(high - low, 1)).clip(0, 255).astype(numpy.uint8)


def drawn(count: int, seed: int, recipe: Recipe) -> list[Strip]:
    """The first `count` lines of a stream of pictures."""
    generator = Generator(seed, recipe)
    strips: list[Strip] = []
    index = 0
    while len(strips) < count:
        sample = generator.make(index)
        index += 1
        for text in sample.texts:
            pixels = cut(sample.picture, text.start, text.end, text.cap, text.light)
            strips.append(Strip(pixels, sample.lines[text.line], text.family))
    return strips[:count]

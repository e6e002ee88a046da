"""Printed digits as the project draws them, cut as MNIST's are: 28x28 bytes, light on dark.

Whole font families are kept for the test, so that what is measured is reading fonts never seen.
"""

import pathlib
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy

from dataset.sample import Generator, Recipe
from dataset.scene import Character
from notebooks.amounts import FOLDER

SIDE, BODY = 28, 20  # of a patch, and of the digit within it
HELD_OUT = ("C059", "TeX Gyre Schola", "Inter", "Fantasque Sans Mono", "Jura")
_SEED = 20
_WANDER = 0.7  # pixels that boxes are off, as those of a finder would be


class Digits(NamedTuple):
    x: numpy.ndarray  # uint8 [N, 28, 28]
    y: numpy.ndarray  # int64 [N]


def patch(
    picture: numpy.ndarray, character: Character, rng: numpy.random.Generator
) -> numpy.ndarray:
    """A character, centred, light on dark, with all of its contrast."""
    x0, y0, x1, y1 = character.box
    scale = BODY / max(x1 - x0, y1 - y0, 1.0)
    away = SIDE / 2 + rng.normal(0, _WANDER, 2)
    place = numpy.array(
        [
            [scale, 0, away[0] - scale * (x0 + x1 - 1) / 2],
            [0, scale, away[1] - scale * (y0 + y1 - 1) / 2],
        ]
    )
    cut = cv2.warpAffine(picture, place, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE).astype(
        float
    )
    if not character.light:
        cut = 255 - cut
    low, high = numpy.percentile(cut, (10, 98))
    return ((cut - low) * 255 / max(high - low, 1)).clip(0, 255).astype(numpy.uint8)


def drawn(count: int, seed: int, recipe: Recipe) -> Digits:
    """The first `count` digits of a stream of pictures."""
    generator, rng = Generator(seed, recipe), numpy.random.default_rng(seed)
    patches: list[numpy.ndarray] = []
    labels: list[int] = []
    index = 0
    while len(labels) < count:
        sample = generator.make(index)
        index += 1
        for character in sample.characters:
            patches.append(patch(sample.picture, character, rng))
            labels.append(int(character.char))
    order = numpy.random.default_rng(seed).permutation(len(labels))[:count]
    return Digits(numpy.stack(patches)[order], numpy.array(labels, numpy.int64)[order])


def file(train: int, test: int) -> pathlib.Path:
    """The path of an `.npz` with the arrays of MNIST's, drawn once and kept: `x_train`, `y_train`,
    `x_test`, `y_test`."""
    path = FOLDER / f"digits-{train}-{test}.npz"
    if path.exists():
        return path
    plain = Recipe(alphabet="0123456789", tiers=(0.4, 0.5, 0.1), sizes=(1.0, 0.0, 0.0), empty=0.0)
    learned = drawn(train, _SEED, replace(plain, exclude=HELD_OUT))
    judged = drawn(test, _SEED + 1, replace(plain, families=HELD_OUT, styles=(0.0, 0.0, 0.0)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    numpy.savez_compressed(
        partial, x_train=learned.x, y_train=learned.y, x_test=judged.x, y_test=judged.y
    )
    partial.replace(path)
    return path


def load(train: int, test: int) -> tuple[Digits, Digits]:
    """Digits to learn and digits of other fonts to be judged by."""
    with numpy.load(file(train, test)) as arrays:
        return (
            Digits(arrays["x_train"], arrays["y_train"]),
            Digits(arrays["x_test"], arrays["y_test"]),
        )

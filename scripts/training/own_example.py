"""Draws photographs of a display that no model has seen: letters and digits of a plotter's script.

    scripts/python training.own_example DIR

Their names are their text, as `scripts/training/own` takes them.
"""

import argparse
import pathlib

import cv2
import numpy

FACE = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX
LETTERS = "ABCDEFGHKLMNPRSTUVXYZ"


def photograph(rng: numpy.random.Generator, *lines: str) -> numpy.ndarray:
    """Lines of dark script on a sheet in uneven light, slightly turned, 320x240."""
    light = rng.uniform(150, 210) + numpy.linspace(-25, 25, 320)[None] * rng.uniform(-1, 1)
    picture = numpy.repeat(light, 240, 0)
    ink = numpy.zeros((240, 320), numpy.uint8)
    left, top = rng.integers(30, 60), rng.integers(105, 135)
    size = rng.uniform(1.2, 1.5)
    for number, text in enumerate(lines):
        place = (int(left), int(top) + 60 * number)
        cv2.putText(ink, text, place, FACE, size, 255, 2, cv2.LINE_AA)
    turned = cv2.getRotationMatrix2D((160, 120), rng.uniform(-3, 3), 1)
    ink = cv2.warpAffine(ink, turned, (320, 240))
    share = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.6, 1.1)) / 255.0
    picture = picture * (1 - share) + share * rng.uniform(30, 70)
    return (picture + rng.normal(0, 4, picture.shape)).clip(0, 255).astype(numpy.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.own_example", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    rng = numpy.random.default_rng(options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)
    for number in range(options.count):
        letters = "".join(rng.choice(list(LETTERS), 3))
        text = letters + "".join(map(str, rng.integers(0, 10, 4)))
        cv2.imwrite(str(options.folder / f"{text}_{number}.png"), photograph(rng, text))


if __name__ == "__main__":
    main()

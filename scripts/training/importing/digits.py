"""Digits for the nets of tutorials: some of MNIST to train with, and pictures to measure with."""

import argparse
import pathlib
from typing import NamedTuple

import numpy
from PIL import Image


class Digits(NamedTuple):
    """Chosen of MNIST: bytes [N, 28, 28] and what they show."""

    x: numpy.ndarray
    y: numpy.ndarray
    pictures: numpy.ndarray
    truth: numpy.ndarray

    @classmethod
    def chosen(cls, given: argparse.Namespace) -> "Digits":
        random = numpy.random.default_rng(1)
        with numpy.load(given.mnist) as mnist:
            order = random.permutation(len(mnist["x_train"]))[: given.samples]
            pictures = random.permutation(len(mnist["x_test"]))[: given.pictures]
            return cls(
                mnist["x_train"][order],
                mnist["y_train"][order],
                mnist["x_test"][pictures],
                mnist["y_test"][pictures],
            )

    def write(self, folder: pathlib.Path) -> None:
        """The pictures, named by what they show."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, (picture, digit) in enumerate(zip(self.pictures, self.truth)):
            Image.fromarray(picture).save(folder / f"{digit}_{number}.png")


def options(program: str, description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description=description.split("\n\n")[0])
    parser.add_argument("--mnist", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=4000, help="to train with")
    parser.add_argument("--pictures", type=int, default=500, help="to measure with")
    return parser.parse_args()

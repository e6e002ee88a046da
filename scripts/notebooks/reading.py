"""From a picture to its texts by the shipped networks, in whole numbers as the program computes
them.

The program takes more looks at a picture, and more care of its ground: it reads better than this.
"""

import pathlib

import numpy
import torch

from notebooks import strips
from training import finder
from training.integer import IntegerNet
from training.line_report import greedy
from training.recipe import ROOT


class Reader:
    """A finder of lines and a reader of lines."""

    def __init__(self, lines: pathlib.Path = ROOT / "models/line") -> None:
        self.finder, self.reader = IntegerNet(ROOT / "models/finder"), IntegerNet(lines)
        self.labels = self.reader.manifest["labels"]

    def find(self, picture: numpy.ndarray) -> list[finder.FoundLine]:
        """The lines of a gray picture, from above."""
        found = finder.find(
            picture,
            lambda toned: self.finder.outputs(torch.from_numpy(toned)[None, None])[0].numpy(),
        )
        return sorted(found, key=lambda line: line.baseline)

    def text(self, strip: numpy.ndarray) -> str:
        """What a line of 32 rows says."""
        logits = self.reader.outputs(torch.from_numpy(strip)[None, None])[0].float()
        return "".join(self.labels[k] for k in greedy(logits, [strip.shape[1]])[0]).strip()

    def read(self, picture: numpy.ndarray) -> list[tuple[finder.FoundLine, str]]:
        """Lines with what they say, without those that say nothing."""
        result = []
        for line in self.find(picture):
            start, end = ((x, line.baseline + line.slope * x) for x in (line.start, line.end))
            strip = strips.cut(picture, start, end, line.height, line.light)
            result.append((line, self.text(strip)))
        return [(line, text) for line, text in result if text]

"""What training on users' own photographs asks of each kind of reader."""

import argparse
import pathlib
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy
import torch

from dataset import make
from training import own_lines
from training.line_report import evaluate, greedy
from training.net import FloatNet
from training.task import Reader
from training.tasks.characters import CharacterTask
from training.tasks.lines import LineTask
from training.trainer import Trainer
from training.transfer import start_from


@dataclass(frozen=True)
class Judged:
    """Percent right of what was known and of the photographs held out."""

    old: float
    own: float
    right: int
    total: int

    def words(self, mode: "Mode") -> str:
        return (
            f"{self.old:.2f} % of the old data's characters, {self.own:.2f} % of the held-out "
            f"photographs' ({self.right} of {self.total} {mode.counted_as} right)"
        )


class Example(NamedTuple):
    """Something of a photograph that is held out, and what was read before and after."""

    name: str
    picture: bytes  # PNG
    text: str
    before: str
    after: str


class Mode(ABC):
    name: str
    recipe: str
    title: str
    use: str  # what to do with the model `name`
    drawing: list[str]  # options of `dataset.make` for what is known
    counted_as: str
    among = ""  # what else is counted with what the page shows
    counted = False  # whether a training's length is in samples

    @abstractmethod
    def prepare(
        self, options: argparse.Namespace, state: pathlib.Path, replay: str
    ) -> dict[str, Any]:
        """Makes data of the photographs; what `Options` says of data."""

    @abstractmethod
    def judge(self, task: Any, read: Reader) -> Judged:
        """On the old data's validation and on the photographs held out."""

    @abstractmethod
    def examples(self, task: Any, before: Reader, after: Reader) -> list[Example]:
        """Of the photographs held out, once each."""

    def first(self, trainer: Trainer) -> FloatNet:
        """The net that training began with, a stopped one too."""
        net = FloatNet(trainer.recipe).to(trainer.task.device)
        start_from(net, trainer.recipe, trainer.origin, trainer.task.typical())
        return net.eval()


class Lines(Mode):
    name, recipe, title = "lines", "own-lines", "whole lines"
    use = "scribe live --line-model {name} reads with it"
    drawing = ["--lines", "--mix", "lines", "--scenes", "0.6", "--signs"]
    counted_as = "lines"
    among = ", those drawn around them too"

    def __init__(self) -> None:
        self.found: list[own_lines.Line] = []

    def prepare(
        self, options: argparse.Namespace, state: pathlib.Path, replay: str
    ) -> dict[str, Any]:
        photographs = state / "photographs"
        self.found = own_lines.make(options.photos, options.cutter, photographs)
        return {"data": replay, "photographs": str(photographs)}

    def judge(self, task: LineTask, read: Reader) -> Judged:
        data = task.data
        old = evaluate(read, data.valid, len(data.valid))
        own = evaluate(read, data.valid_photographs, len(data.valid_photographs))
        return Judged(
            100 - 100 * old.error_rate(), 100 - 100 * own.error_rate(), own.right, own.total
        )

    @torch.no_grad()
    def examples(self, task: LineTask, before: Reader, after: Reader) -> list[Example]:
        held_out = own_lines.held_out([line.group for line in self.found])
        result = []
        for line in self.found:
            if line.group not in held_out:
                continue
            x = torch.from_numpy(line.coverage.copy())[None, None].float() / 255
            texts = [
                task.labels.decode(greedy(read(x), [x.shape[3]])[0]) for read in (before, after)
            ]
            result.append(
                Example(line.photograph.name, own_lines.png(line.coverage), line.text, *texts)
            )
        return result


class Characters(Mode):
    name, recipe, title = "characters", "own-characters", "characters"
    use = "scribe live --model {name} reads with it"
    drawing: list[str] = []
    counted_as = "characters"
    counted = True

    def prepare(
        self, options: argparse.Namespace, state: pathlib.Path, replay: str
    ) -> dict[str, Any]:
        own = state / "characters"
        # Made anew each time: photographs or the program may have changed.
        shutil.rmtree(own, ignore_errors=True)
        command = ["--own", str(options.photos), "--cutter", options.cutter, "--out", str(own)]
        if make.main(command):
            raise ValueError(f"nothing can be learned from {options.photos}")
        return {"data": f"{replay},{own}"}

    def judge(self, task: CharacterTask, read: Reader) -> Judged:
        data = task.data
        right = task.measure(read, whole=True).found == data.valid_labels
        own = data.valid_own
        old = float(right[~own].double().mean())
        return Judged(
            100 * old,
            100 * float(right[own].double().mean()),
            int(right[own].sum()),
            int(own.sum()),
        )

    @torch.no_grad()
    def examples(self, task: CharacterTask, before: Reader, after: Reader) -> list[Example]:
        own = torch.nonzero(task.data.valid_own)[:, 0]
        patches, labels = task.data.valid_patches[own], task.data.valid_labels[own]
        names = [label or "none" for label in task.recipe.labels]
        x = patches.float() / 255
        found = [read(x).argmax(1).tolist() for read in (before, after)]
        return [
            Example("", png(patch.numpy()), names[label], names[old], names[new])
            for patch, label, old, new in zip(patches, labels.tolist(), *found)
        ]


def png(patch: numpy.ndarray) -> bytes:
    """A patch's first channel, ink dark."""
    picture = cv2.resize(255 - patch[0], None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    return cv2.imencode(".png", picture)[1].tobytes()


MODES: dict[str, Mode] = {mode.name: mode for mode in (Lines(), Characters())}

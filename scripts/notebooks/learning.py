"""Trainings by the project's own recipes and trainer, told in a few words."""

import contextlib
import io
import json
import pathlib
from typing import Any

import torch

from notebooks.amounts import FOLDER
from training import tasks
from training.integer import IntegerNet
from training.phase import Net
from training.recipe import Recipe
from training.task import Options
from training.tasks.characters import CharacterTask
from training.trainer import Trainer, exact, reader


def recipe(name: str, like: str, **changed: Any) -> Recipe:
    """A recipe like one of `training/recipes`, with other values."""
    folder = FOLDER / "recipes"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"like": like, "name": name, **changed}))
    return Recipe(path)


def folder_of(made: Recipe) -> pathlib.Path:
    """Where the model goes that a recipe makes."""
    return FOLDER / "models" / made.name


def begun(made: Recipe, data: pathlib.Path) -> Trainer:
    """A trainer before its first step."""
    options = Options(
        str(data),
        output=str(folder_of(made)),
        state=str(FOLDER / "training" / made.name),
        threads=1,
        fresh=True,
        oracle=False,
        report=False,
    )
    with contextlib.redirect_stderr(io.StringIO()):
        return Trainer(tasks.of(made, options))


def trained(made: Recipe, data: pathlib.Path) -> Trainer:
    """Trained in floating point."""
    trainer = begun(made, data)
    with contextlib.redirect_stderr(io.StringIO()):
        trainer.run(trainer.phase)
    return trainer


def exported(made: Recipe, data: pathlib.Path) -> tuple[Trainer, IntegerNet]:
    """Trained, quantized and written as a model folder, which is read back."""
    trainer = begun(made, data)
    with contextlib.redirect_stderr(io.StringIO()):
        trainer.train()
    return trainer, IntegerNet(folder_of(made))


def share_right(trainer: Trainer, net: Net | IntegerNet | None = None) -> float:
    """Of the test's patches, 0...1, by a trainer's net as it is now or by another."""
    assert isinstance(trainer.task, CharacterTask)
    if isinstance(net, IntegerNet):
        read = exact(net)
    else:
        read = reader(net or trainer.phase.averaged(), trainer.task.device)
    with torch.no_grad():
        return trainer.task.measure(read, True).accuracy


def course(trainer: Trainer) -> tuple[list[int], list[float]]:
    """Pictures seen, and the share of the test's that was right then."""
    rows = [row for row in trainer.curve if row[0] == "float"]
    return [row[1] for row in rows], [row[3] for row in rows]

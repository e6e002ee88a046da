"""Trainings that are stopped, and what others take of their checkpoints."""

import json
import pathlib
import tempfile
import unittest
from typing import Any
from unittest import mock

import numpy
import torch

from training import tasks
from training.descent import Descent
from training.phase import Phase, Plan
from training.recipe import Recipe
from training.task import Options
from training.trainer import Trainer

ALIGNER: dict[str, Any] = {
    "name": "aligner",
    "data": "aligner",
    "labels": ["text", "height", "baseline", "start", "end"],
    "input": [32, 32, 1],
    "layers": [
        {"kind": "conv2d", "channels": 3, "kernel": [8, 8], "stride": [8, 8]},
        {"kind": "conv2d", "channels": 5, "kernel": [4, 1], "padding": "valid"},
    ],
    "seed": 1,
    "validation_families": ["B"],
    "validation_crops": 2,
    "batch_pixels": 4096,
    "steps": 12,
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "dropout": 0,
    "freeze": 0.3,
    "ema": 0.9,
}
PATCHES: dict[str, Any] = {
    "name": "patches",
    "data": "mnist",
    "labels": "digits",
    "input": [6, 6, 1],
    "layers": [
        {"kind": "conv2d", "channels": 4, "kernel": [3, 3]},
        {"kind": "dense", "channels": 10, "activation": "none"},
    ],
    "seed": 1,
    "balance": 0.5,
    "batch": 16,
    "samples": 192,
    "label_smoothing": 0.0,
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "dropout": 0.2,
    "augment": {"shift": 1, "noise": 0.1},
    "ema": 0.9,
}


class Stopped(Exception):
    pass


class Checkpoints(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        random = numpy.random.default_rng(1)
        images = random.integers(0, 256, (90, 6, 6), dtype=numpy.uint8)
        labels = random.integers(0, 10, 90)
        numpy.savez(
            self.folder / "patches.npz",
            x_train=images[:80],
            y_train=labels[:80],
            x_test=images[80:],
            y_test=labels[80:],
        )
        (self.folder / "plan.json").write_text(json.dumps({"families": ["A", "B"]}))
        numpy.savez(
            self.folder / "shard-00000.npz",
            pixels=random.integers(0, 256, 4 * 32 * 40, dtype=numpy.uint8),
            widths=numpy.full(4, 40, numpy.uint16),
            lines=numpy.array([[23, 0, 16, 4, 30]] * 4, numpy.float32),
            family=numpy.array([0, 0, 0, 1], numpy.uint16),
            image=numpy.arange(4, dtype=numpy.uint32),
        )

    def trainer(self, recipe: dict[str, Any], state: str) -> Trainer:
        path = self.folder / "recipe.json"
        path.write_text(json.dumps(recipe))
        data = self.folder / ("patches.npz" if recipe["data"] == "mnist" else "")
        options = Options(str(data), state=str(self.folder / state), threads=1)
        with mock.patch("sys.stderr"):
            return Trainer(tasks.of(Recipe(path), options))

    def trained(self, recipe: dict[str, Any], state: str, stop: int | None = None) -> Trainer:
        trainer = self.trainer(recipe, state)
        loss = trainer.task.loss

        def stopping(phase: Phase) -> Any:
            if phase.step == stop:
                raise Stopped
            return loss(phase)

        with mock.patch("sys.stderr"), mock.patch.object(trainer.task, "loss", stopping):
            try:
                trainer.run(trainer.phase)
            except Stopped:
                pass
        trainer.save()
        return trainer

    def same(self, a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
        return all(torch.equal(value, b[key]) for key, value in a.items())

    def test_a_stopped_training_ends_as_one_that_was_not(self) -> None:
        for name, recipe in (("patches", PATCHES), ("aligner", ALIGNER)):
            whole = self.trained(recipe, f"{name}-whole")
            first = self.trained(recipe, f"{name}-parts", stop=7)
            self.assertEqual((first.phase.step, whole.phase.step), (7, 12))
            self.assertFalse(self.same(first.phase.average, whole.phase.average))
            second = self.trained(recipe, f"{name}-parts")
            self.assertTrue(self.same(second.phase.average, whole.phase.average), name)
            self.assertEqual(
                [point[:4] for point in second.curve], [point[:4] for point in whole.curve]
            )

    def test_another_recipe_starts_anew_or_from_the_weights(self) -> None:
        for recipe, kept in ((PATCHES, False), (ALIGNER, True)):
            before = self.trained(recipe, recipe["data"])
            after = self.trainer(recipe | {"learning_rate": 0.02}, recipe["data"])
            self.assertEqual((after.phase.step, after.warm), (0, kept))
            self.assertEqual(self.same(before.phase.average, after.phase.average), kept)
            self.assertEqual(self.same(before.phase.average, after.phase.net.state_dict()), kept)

    def test_a_rate_that_falls_from_the_start(self) -> None:
        net = self.trainer(PATCHES, "rate").phase.net
        phase = Phase("int8", net, Plan(4, 0.2, None, 0.0, 1), Descent())
        rates = []
        for _ in range(4):
            rates.append(phase.optimizer.param_groups[0]["lr"])
            phase.optimizer.step()
            phase.schedule.step()
        self.assertEqual(rates, [0.2, 0.2 * 0.75, 0.1, 0.05])


if __name__ == "__main__":
    unittest.main()

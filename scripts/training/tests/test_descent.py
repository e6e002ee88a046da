"""Optimizers and schedules, gradients, and problems that tell whether a trainer trains."""

import json
import pathlib
import tempfile
import unittest
from typing import Any
from unittest import mock

import numpy
import torch
from torch.nn import functional as F

from training import few_labels, pretrain, tasks
from training.data import Data
from training.descent import OPTIMIZERS, SCHEDULES, Descent
from training.net import FloatNet, QuantizedNet, flatten
from training.recipe import Recipe
from training.task import Options
from training.tasks.characters import CharacterTask
from training.trainer import Trainer, reader

SMALL: dict[str, Any] = {
    "name": "small",
    "data": "mnist",
    "labels": ["0", "1", "2"],
    "input": [1, 2, 1],
    "layers": [{"kind": "dense", "channels": 3, "activation": "none"}],
    "seed": 1,
    "balance": 1,
    "batch": 64,
    "samples": 64 * 600,
    "label_smoothing": 0.0,
    "learning_rate": 0.01,
    "weight_decay": 0.0,
    "dropout": 0.0,
    "augment": {},
    "ema": 0.9,
    "measured": 1,
    "quantized_samples": 64 * 40,
    "quantized_learning_rate": 0.0003,
}


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def recipe(self, **changed: Any) -> Recipe:
        path = self.folder / "recipe.json"
        path.write_text(json.dumps(SMALL | changed))
        return Recipe(path)

    def trained(self, recipe: Recipe, data: pathlib.Path, state: str = "state") -> Trainer:
        options = Options(
            str(data),
            output=str(self.folder / "model"),
            state=str(self.folder / state),
            threads=1,
            fresh=True,
            oracle=False,
            report=False,
        )
        with mock.patch("sys.stderr"):
            trainer = Trainer(tasks.of(recipe, options))
            trainer.run(trainer.phase)
        return trainer

    def data_of(self, trainer: Trainer) -> Data:
        assert isinstance(trainer.task, CharacterTask)
        return trainer.task.data

    def accuracy(self, trainer: Trainer) -> float:
        read = reader(trainer.phase.averaged(), trainer.task.device)
        with torch.no_grad():
            return trainer.task.measure(read, True).accuracy


class Descents(Folder):
    def test_every_optimizer_goes_down(self) -> None:
        for name in OPTIMIZERS:
            torch.manual_seed(1)
            net = torch.nn.Linear(4, 1)
            x = torch.randn(64, 4)
            wanted = x @ torch.tensor([[1.0], [-2.0], [0.5], [0.0]])
            optimizer = Descent(name).optimizer_of(net, 0.03)
            for _ in range(200):
                optimizer.zero_grad()
                loss = ((net(x) - wanted) ** 2).mean()
                loss.backward()
                optimizer.step()
            self.assertLess(float(loss), 0.02, name)

    def test_plain_descent_is_the_gradient_times_the_rate(self) -> None:
        net = torch.nn.Linear(2, 1, bias=False)
        before = net.weight.detach().clone()
        optimizer = Descent("sgd").optimizer_of(net, 0.25)
        net(torch.tensor([[1.0, 3.0]])).sum().backward()
        optimizer.step()
        moved = net.weight.detach() - before
        self.assertTrue(torch.allclose(moved, torch.tensor([[-0.25, -0.75]]), atol=1e-6))

    def rates(self, descent: Descent, rise: float | None, steps: int = 8) -> list[float]:
        optimizer = descent.optimizer_of(torch.nn.Linear(2, 1), 0.4)
        schedule = descent.schedule_of(optimizer, 0.4, steps, rise)
        found = []
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"] / 0.4)
            optimizer.step()
            schedule.step()
        return [round(rate, 4) for rate in found]

    def test_schedules(self) -> None:
        self.assertEqual(self.rates(Descent(schedule="constant"), 0.1), [1.0] * 8)
        self.assertEqual(
            self.rates(Descent(schedule="steps"), 0.1), [1.0] * 4 + [0.1] * 2 + [0.01] * 2
        )
        self.assertEqual(self.rates(Descent(schedule="cosine"), 0.1)[::4], [1.0, 0.5])
        self.assertEqual(self.rates(Descent(), None)[::4], [1.0, 0.5])
        for name in OPTIMIZERS:
            rates = self.rates(Descent(name), 0.25)
            self.assertEqual(rates.index(max(rates)), 2 if rates[2] > rates[1] else 1)

    def test_what_there_is_not_is_refused(self) -> None:
        for changed in ({"optimizer": "newton"}, {"schedule": "random"}):
            with self.assertRaises(SystemExit):
                Descent.of(self.recipe(**changed))
        with self.assertRaises(SystemExit):
            FloatNet(self.recipe(normalization="layer", layers=[*SMALL["layers"]]))

    def test_a_recipe_like_another(self) -> None:
        base, made = Recipe("mlp"), Recipe("mlp-sgd")
        self.assertEqual(made.layers, base.layers)
        self.assertEqual((made.optimizer, made.name), ("sgd", "mlp-sgd"))
        self.assertIn(base.text, made.text)


class Gradients(Folder):
    """Slopes by backpropagation against slopes by trying."""

    def check(self, recipe: Recipe, shape: tuple[int, ...]) -> None:
        torch.manual_seed(3)
        net = FloatNet(recipe).double().eval()
        x, labels = torch.rand(5, *shape, dtype=torch.float64), torch.tensor([0, 1, 2, 1, 0])

        def loss() -> torch.Tensor:
            return F.cross_entropy(net(x), labels)

        loss().backward()
        step = 1e-6
        for name, value in net.named_parameters():
            slopes = value.grad
            assert slopes is not None
            for k in torch.randperm(value.numel())[:6].tolist():
                with torch.no_grad():
                    flat = value.view(-1)
                    kept = float(flat[k])
                    flat[k] = kept + step
                    above = float(loss())
                    flat[k] = kept - step
                    below = float(loss())
                    flat[k] = kept
                tried = (above - below) / (2 * step)
                self.assertAlmostEqual(float(slopes.reshape(-1)[k]), tried, delta=1e-6, msg=name)

    def test_layers(self) -> None:
        for activation in ("sigmoid", "tanh", "leaky_relu"):
            for normalization in ("batch", "none"):
                self.check(
                    self.recipe(
                        input=[8, 8, 1],
                        normalization=normalization,
                        layers=[
                            {
                                "kind": "conv2d",
                                "channels": 3,
                                "kernel": [3, 3],
                                "activation": activation,
                            },
                            {"kind": "average_pool2d", "kernel": [2, 2]},
                            {"kind": "depthwise_conv2d", "kernel": [3, 3], "activation": "none"},
                            {"kind": "dense", "channels": 6, "activation": activation},
                            {"kind": "dense", "channels": 3, "activation": "none"},
                        ],
                    ),
                    (1, 8, 8),
                )


class Spiral(Folder):
    """Three arms that wind around each other: no straight line parts them, a bent one does."""

    def points(self) -> pathlib.Path:
        rng = numpy.random.default_rng(2)
        x, y = [], []
        for arm in range(3):
            radius = numpy.linspace(0.05, 1, 300)
            angle = arm * 2 * numpy.pi / 3 + 4 * radius + rng.normal(0, 0.08, 300)
            x.append(radius[:, None] * numpy.stack((numpy.sin(angle), numpy.cos(angle)), 1))
            y.append(numpy.full(300, arm))
        place = (numpy.concatenate(x) * 110 + 128).clip(0, 255).astype(numpy.uint8)[:, None, :]
        label = numpy.concatenate(y)
        order = rng.permutation(len(label))
        train, test = order[:700], order[700:]
        path = self.folder / "spiral.npz"
        numpy.savez(
            path,
            x_train=place[train],
            y_train=label[train],
            x_test=place[test],
            y_test=label[test],
        )
        return path

    def test_only_what_bends_parts_a_spiral(self) -> None:
        data = self.points()
        straight = self.accuracy(self.trained(self.recipe(samples=64 * 800), data, "straight"))
        bent = self.recipe(
            samples=64 * 2500,
            layers=[
                {"kind": "dense", "channels": 64},
                {"kind": "dense", "channels": 64},
                {"kind": "dense", "channels": 3, "activation": "none"},
            ],
        )
        curved = self.accuracy(self.trained(bent, data, "bent"))
        self.assertLess(straight, 0.65)
        self.assertGreater(straight, 0.4)
        self.assertGreater(curved, 0.97)


def bars(path: pathlib.Path, unlabelled: bool = False) -> pathlib.Path:
    """Bars of ten heights on noise."""
    random = numpy.random.default_rng(3)
    labels = random.integers(0, 10, 900)
    images = random.integers(0, 40, (900, 12, 12)).astype(numpy.uint8)
    for image, label in zip(images, labels):
        image[1 + label : 3 + label, 2:10] = 220
    arrays: dict[str, Any] = {
        "x_train": images[:500],
        "y_train": labels[:500],
        "x_test": images[700:],
        "y_test": labels[700:],
    }
    if unlabelled:
        arrays["x_unlabelled"] = images[:700]
    numpy.savez(path, **arrays)
    return path


class WithoutLabels(Folder):
    SETTINGS = {
        "denoising": {"noise": 0.2, "rate": 0.003},
        "sparse": {"share": 0.1, "weight": 0.1, "rate": 0.003},
        "rbm": {"rate": 0.05},
    }

    def stack(self, kind: str, **changed: Any) -> Recipe:
        settings = {"kind": kind, "layers": 2, "samples": 8000} | self.SETTINGS[kind]
        return self.recipe(
            **{
                "labels": "digits",
                "input": [12, 12, 1],
                "normalization": "none",
                "layers": [
                    {"kind": "dense", "channels": 24, "activation": "sigmoid"},
                    {"kind": "dense", "channels": 16, "activation": "sigmoid"},
                    {"kind": "dense", "channels": 10, "activation": "none"},
                ],
                "pretrain": settings,
            }
            | changed
        )

    def test_layers_make_their_input_again(self) -> None:
        path = bars(self.folder / "bars.npz", True)
        for kind in pretrain.KINDS:
            recipe = self.stack(kind)
            data = Data(recipe, path)
            self.assertEqual(len(data.unlabelled), 700)
            torch.manual_seed(1)
            net = FloatNet(recipe)
            with mock.patch("sys.stderr"):
                pretrain.start(net, recipe, data.unlabelled, "digest", self.folder / kind)
                (kept,) = (self.folder / kind).glob("*.pt")
                other = FloatNet(recipe)
                pretrain.start(other, recipe, data.unlabelled, "digest", self.folder / kind)
            self.assertEqual([kept], list((self.folder / kind).glob("*.pt")))
            for name in ("weights.0", "norms.0.bias", "weights.1"):
                self.assertTrue(torch.equal(net.state_dict()[name], other.state_dict()[name]))
            # What the first layer says of a picture tells the picture better than its mean does.
            x = flatten(data.valid_patches.float() / 255)
            hidden = torch.sigmoid(F.linear(x, net.weights[0], net.norms[0].bias)).detach()
            told = torch.cat([hidden, torch.ones(len(hidden), 1)], 1)
            solved = torch.linalg.lstsq(told, x).solution
            left = float(((told @ solved - x) ** 2).mean())
            self.assertLess(left, 0.35 * float(x.var(0).mean()), kind)

    def test_a_trained_one_is_exported(self) -> None:
        path = bars(self.folder / "bars.npz")
        recipe = self.stack("rbm", samples=64 * 400)
        recipe.set(labelled=100)
        trainer = self.trained(recipe, path)
        self.assertEqual(len(self.data_of(trainer).train_labels), 100)
        with mock.patch("sys.stderr"):
            trainer.train()
        manifest = json.loads((self.folder / "model" / "model.json").read_text())
        self.assertEqual(
            [layer["kind"] for layer in manifest["layers"]],
            ["dense", "table", "dense", "table", "dense"],
        )
        self.assertGreater(manifest["training"]["int8_accuracy"], 0.9)

    def test_only_dense_layers_with_a_sigmoid(self) -> None:
        recipe = self.stack(
            "rbm",
            layers=SMALL["layers"][:0]
            + [
                {"kind": "dense", "channels": 24},
                {"kind": "dense", "channels": 10, "activation": "none"},
            ],
        )
        with self.assertRaises(SystemExit):
            pretrain.check(recipe, recipe.pretrain)
        with self.assertRaises(SystemExit):
            pretrain.check(recipe, {"kind": "dream", "layers": 1})


class FewLabels(Folder):
    def test_labels_are_of_all_classes(self) -> None:
        recipe = self.recipe(
            labels="digits",
            input=[12, 12, 1],
            layers=[{"kind": "dense", "channels": 10, "activation": "none"}],
        )
        recipe.set(labelled=20)
        data = Data(recipe, bars(self.folder / "bars.npz"))
        self.assertEqual(torch.bincount(data.train_labels).tolist(), [2] * 10)
        self.assertEqual(len(data.unlabelled), 500)

    def test_groups_are_held_out_whole_and_once(self) -> None:
        groups = ["a"] * 50 + ["b"] * 30 + ["c"] * 20 + ["d"] * 10 + ["e"] * 5 + ["f"] * 5
        parts = few_labels.fifths(groups)
        self.assertEqual(len(parts), few_labels.FOLDS)
        self.assertEqual(sorted(name for part in parts for name in part), list("abcdef"))

    def test_all_cells_once(self) -> None:
        cells = list(few_labels.cells(["mnist"], few_labels.RECIPES, 2))
        self.assertEqual(len(cells), len(set(cells)))
        self.assertEqual(len(cells), 2 * len(few_labels.RECIPES) * len(few_labels.COUNTS))


class Int8(Folder):
    def test_the_range_of_outputs_is_of_what_may_win(self) -> None:
        recipe = self.recipe(
            labels="digits",
            input=[12, 12, 1],
            layers=[
                {"kind": "dense", "channels": 16},
                {"kind": "dense", "channels": 10, "activation": "none"},
            ],
        )
        trainer = self.trained(recipe, bars(self.folder / "bars.npz"))
        net = QuantizedNet(trainer.phase.averaged())
        net.calibrate(trainer.task.calibration())
        with torch.no_grad():
            read = reader(net.eval(), trainer.task.device)
            low, high = trainer.task.limits(read, torch.zeros(0))
            logits = read(self.data_of(trainer).train_patches.float() / 255)
        self.assertLess(float(logits.min()), low)
        self.assertLessEqual(low, float(logits.topk(2, 1).values[:, 1].min()) + 1e-5)
        self.assertGreaterEqual(high, float(logits.max()) - 1e-5)

    def test_the_fitter_of_two_is_taken(self) -> None:
        recipe = self.recipe(
            labels="digits",
            input=[12, 12, 1],
            layers=[{"kind": "dense", "channels": 10, "activation": "none"}],
        )
        trainer = self.trained(recipe, bars(self.folder / "bars.npz"))
        good = trainer.phase.averaged()
        torch.manual_seed(1)
        bad = FloatNet(recipe).eval()
        with mock.patch("sys.stderr"):
            self.assertIs(trainer.fitter(good, bad), good)
            self.assertIs(trainer.fitter(bad, good), good)

    def test_schedules_are_all_known(self) -> None:
        self.assertEqual(set(SCHEDULES), {"constant", "linear", "cosine", "steps"})


if __name__ == "__main__":
    unittest.main()

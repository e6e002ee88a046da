"""Recipes, layers and what they are exported to."""

import json
import pathlib
import tempfile
import unittest

import numpy
import torch

from training import functions
from training.arithmetic import multiplier_and_shift, requantize
from training.data import Data, augment
from training.export import export
from training.integer import IntegerNet, softmax
from training.net import FloatNet, QuantizedNet, grouped
from training.recipe import Recipe, padding


class Arithmetic(unittest.TestCase):
    def test_multiplier(self) -> None:
        self.assertEqual(multiplier_and_shift(1, 0.5, 1), (1 << 30, 0))
        self.assertEqual(multiplier_and_shift(1, 0.75, 1), (3 << 29, 0))
        self.assertEqual(multiplier_and_shift(1, 2**-32, 1), (1 << 30, -31))
        self.assertEqual(multiplier_and_shift(1, 2**-33, 1), (0, 0))
        # A mantissa that rounds up to 1.
        self.assertEqual(multiplier_and_shift(1 + 2**-23, 1 - 2**-23, 1), (1 << 30, 1))

    def test_rounds_twice(self) -> None:
        def scaled(total: int, shift: int) -> int:
            return int(
                requantize(torch.tensor([total]), torch.tensor([1 << 30]), torch.tensor([shift]))[0]
            )

        self.assertEqual([scaled(x, 0) for x in (1, -1, 3, -3)], [1, 0, 2, -1])
        self.assertEqual([scaled(x, -1) for x in (5, 1, -6, -7)], [2, 1, -2, -2])
        self.assertEqual(scaled(5, 3), 20)


class Functions(unittest.TestCase):
    """Integer tables against floating point; the oracle compares them with its own exactly."""

    def test_tables(self) -> None:
        inputs = numpy.arange(-128, 128)
        for scale in (0.003, 0.02, 0.047, 0.1, 0.7):
            for zero_point in (-128, -7, 0, 127):
                real = numpy.float32(scale) * (inputs - zero_point).astype(float)
                cases = {
                    "sigmoid": 1 / (1 + numpy.exp(-real)),
                    "tanh": numpy.tanh(real),
                    "leaky_relu": numpy.where(real < 0, 0.125 * real, real),
                }
                for name, expected in cases.items():
                    output = functions.OUTPUTS.get(name, (scale / 2, 3))
                    found = functions.table(
                        {"function": name, "slope": 0.125}, scale, zero_point, output
                    )
                    expected = (expected / output[0] + output[1]).clip(-128, 127)
                    self.assertLess(numpy.abs(found - expected).max(), 1.01, (name, scale))
                    self.assertTrue((numpy.diff(found.astype(int)) >= 0).all(), (name, scale))

    def test_softmax(self) -> None:
        random = numpy.random.default_rng(1)
        for scale, count in ((0.01, 256), (0.077, 10), (0.2, 95), (1.5, 2)):
            powers = functions.exponentials(scale)
            self.assertEqual(powers[0], 2**31 - 1)
            self.assertTrue((numpy.diff(powers.astype(int)) <= 0).all() and powers[-1] >= 0)
            values = random.integers(-128, 128, (20, count))
            found = softmax(torch.from_numpy(values), torch.from_numpy(powers.astype(numpy.int64)))
            exact = numpy.exp(scale * (values - values.max(1, keepdims=True)))
            exact = exact / exact.sum(1, keepdims=True) * 256 - 128
            self.assertLess(numpy.abs(found.numpy() - exact.clip(max=127)).max(), 1.01)
            for row, result in zip(values, found):
                self.assertEqual(functions.softmax(row.tolist(), powers), result.tolist())


class Network(unittest.TestCase):
    def trained(self) -> tuple[Recipe, FloatNet]:
        torch.manual_seed(1)
        recipe = Recipe("classic")
        net = FloatNet(recipe)
        for _ in range(3):
            net(torch.rand(16, 1, 28, 28))
        return recipe, net.eval()

    def test_folding_keeps_outputs(self) -> None:
        recipe, net = self.trained()
        x = torch.rand(8, 1, 28, 28)
        folded = QuantizedNet(net).eval()
        self.assertLess(float((net(x) - folded(x, quantize=False)).abs().max()), 1e-4)

    def test_maximum_joins_the_layer_before(self) -> None:
        kinds = [
            (layer["kind"], pool is not None) for layer, pool in grouped(Recipe("glyph").layers)
        ]
        self.assertEqual(kinds, [("conv2d", True)] * 3 + [("dense", False)] * 2)

    def test_integers_follow_the_simulation(self) -> None:
        recipe, net = self.trained()
        quantized = QuantizedNet(net).eval()
        patches = torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8)
        x = patches.float() / 255
        quantized.calibrate(x)
        simulated = quantized(x).detach()
        low, high = float(simulated.min()), float(simulated.max())
        training = {"float_accuracy": 0, "int8_accuracy": 0}
        with tempfile.TemporaryDirectory() as folder:
            export(quantized, recipe, folder, "test", (low, high), training)
            integer = IntegerNet(folder)
            layer = integer.layers[-1]
            real = layer["output_scale"] * (
                integer.logits(patches).float() - layer["output_zero_point"]
            )
        self.assertLess(float((real - simulated).abs().max()), 3 * layer["output_scale"])

    def test_functions_follow_the_simulation(self) -> None:
        for name in ("sigmoid", "tanh", "leaky_relu"):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "small.json"
                path.write_text(
                    json.dumps(
                        {
                            "name": "small",
                            "labels": ["a", "b", "c"],
                            "input": [8, 8, 1],
                            "dropout": 0,
                            "layers": [
                                {
                                    "kind": "conv2d",
                                    "channels": 6,
                                    "kernel": [3, 3],
                                    "activation": name,
                                },
                                {"kind": "max_pool2d", "kernel": [2, 2]},
                                {"kind": "dense", "channels": 12, "activation": name},
                                {"kind": "dense", "channels": 3, "activation": "softmax"},
                            ],
                        }
                    )
                )
                recipe = Recipe(path)
                self.assertEqual(
                    [layer["kind"] for layer in recipe.layers],
                    ["conv2d", "max_pool2d", "table", "dense", "table", "dense", "softmax"],
                )
                torch.manual_seed(1)
                net = FloatNet(recipe)
                for _ in range(3):
                    net(torch.rand(16, 1, 8, 8))
                quantized = QuantizedNet(net.eval()).eval()
                patches = torch.randint(0, 256, (64, 1, 8, 8), dtype=torch.uint8)
                x = patches.float() / 255
                quantized.calibrate(x)
                simulated = quantized(x).detach()
                limits = float(simulated.min()), float(simulated.max())
                export(
                    quantized,
                    recipe,
                    folder,
                    "small",
                    limits,
                    {"float_accuracy": 0, "int8_accuracy": 0},
                )
                found = (IntegerNet(folder).logits(patches).float() + 128) / 256
                expected = torch.softmax(simulated, 1)
                self.assertLess(float((found - expected).abs().max()), 0.03, name)

    def line_recipe(self, folder: str) -> Recipe:
        path = pathlib.Path(folder) / "line.json"
        path.write_text(
            json.dumps(
                {
                    "name": "line",
                    "labels": "digits",
                    "input": [8, 24, 1],
                    "dropout": 0,
                    "layers": [
                        {"kind": "conv2d", "channels": 6, "kernel": [3, 3]},
                        {"kind": "max_pool2d", "kernel": [2, 2]},
                        {"kind": "conv2d", "channels": 8, "kernel": [4, 1], "padding": "valid"},
                        {"kind": "conv2d", "channels": 8, "kernel": [1, 3], "dilation": [1, 2]},
                        {"kind": "conv2d", "channels": 10, "kernel": [1, 1], "activation": "none"},
                    ],
                }
            )
        )
        return Recipe(path)

    def test_lines_of_any_width(self) -> None:
        torch.manual_seed(1)
        with tempfile.TemporaryDirectory() as folder:
            recipe = self.line_recipe(folder)
            self.assertEqual(recipe.positions, 12)
            net = FloatNet(recipe)
            for width in (24, 40, 24):
                net(torch.rand(16, 1, 8, width))
            quantized = QuantizedNet(net.eval()).eval()
            patches = torch.randint(0, 256, (32, 1, 8, 64), dtype=torch.uint8)
            x = patches.float() / 255
            quantized.calibrate(x)
            simulated = quantized(x).detach()
            self.assertEqual(list(simulated.shape), [32, 32, 10])
            limits = float(simulated.min()), float(simulated.max())
            export(
                quantized, recipe, folder, "line", limits, {"float_accuracy": 0, "int8_accuracy": 0}
            )
            integer = IntegerNet(folder)
            self.assertEqual(integer.layers[3]["dilation"], [1, 2])
            layer = integer.layers[-1]
            self.assertEqual(layer["output"], [1, 12, 10])
            wide = integer.logits(patches).reshape(32, 32, 10)
            real = layer["output_scale"] * (wide.float() - layer["output_zero_point"])
            self.assertLess(float((real - simulated).abs().max()), 3 * layer["output_scale"])
            # Three columns of padding's influence apart, a narrower line has the same logits.
            narrow = integer.logits(patches[..., 16:48]).reshape(32, 16, 10)
            self.assertTrue(torch.equal(narrow[:, 3:-3], wide[:, 11:21]))
            self.assertFalse(torch.equal(narrow[:, :3], wide[:, 8:11]))

    def test_dilated_padding(self) -> None:
        layer = {
            "padding": "same",
            "input": [6, 9, 1],
            "kernel": [1, 3],
            "stride": [1, 1],
            "dilation": [1, 4],
        }
        self.assertEqual(padding(layer), (4, 4, 0, 0))
        self.assertEqual(padding(layer | {"stride": [1, 2]}, (6, 8)), (3, 4, 0, 0))

    def test_same_padding_is_below_and_right(self) -> None:
        layer = {
            "padding": "same",
            "input": [6, 5, 1],
            "output": [3, 3, 1],
            "kernel": [3, 3],
            "stride": [2, 2],
        }
        self.assertEqual(padding(layer), (1, 1, 0, 1))


class Shards(unittest.TestCase):
    def test_what_has_no_family_goes_with_its_picture(self) -> None:
        held_out = numpy.array([False, True])
        family = numpy.array([0, 0, 1, 0xFFFF, 1, 1, 0xFFFF, 0xFFFF, 0xFFFF], numpy.uint16)
        image = numpy.array([5, 5, 5, 5, 6, 6, 6, 7, 7], numpy.uint32)
        chosen = Data.split(held_out, family, image, 0.5)
        self.assertEqual(chosen[:7].tolist(), [False, False, True, False, True, True, True])
        self.assertEqual(chosen[7], chosen[8])

    def test_split_and_sampling(self) -> None:
        random = numpy.random.default_rng(1)
        recipe = Recipe("glyph")
        recipe.values["validation_families"] = ["b"]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for shard in range(2):
                labels = random.choice([0, 1, 1, 1, 1, 1, 94], 500).astype(numpy.uint8)
                family = random.integers(0, 3, 500).astype(numpy.uint16)
                family[labels == 94] = 0xFFFF
                numpy.savez(
                    folder / f"{shard}.npz",
                    labels=labels,
                    family=family,
                    patches=random.integers(0, 256, (500, 32, 32, 2), dtype=numpy.uint8),
                    image=random.integers(0, 9, 500).astype(numpy.uint32),
                )
            (folder / "dataset.json").write_text(json.dumps({"families": ["a", "b", "c"]}))
            data = Data(recipe, folder)
        self.assertEqual(len(data.train_labels) + len(data.valid_labels), 1000)
        self.assertEqual(data.held_out, ["b"])
        generator = torch.Generator().manual_seed(1)
        drawn = data.train_labels[data.draw(20_000, generator)]
        counts = torch.bincount(drawn, minlength=95).double()
        expected = torch.bincount(data.train_labels, minlength=95).double().sqrt()
        expected *= 20_000 / expected.sum()
        self.assertLess(float((counts - expected).abs().max()), 500)
        self.assertEqual(set(drawn.tolist()), {0, 1, 94})

    def test_augmentation_keeps_steps_of_a_byte(self) -> None:
        patches = torch.randint(0, 256, (32, 2, 32, 32), dtype=torch.uint8)
        generator = torch.Generator().manual_seed(1)
        x = augment(patches, Recipe("glyph").augment, generator) * 255
        self.assertLess(float((x - torch.round(x)).abs().max()), 1e-3)
        self.assertGreaterEqual(float(x.min()), 0)
        self.assertLessEqual(float(x.max()), 255)
        same = augment(patches, {}, generator) * 255
        self.assertTrue(torch.equal(torch.round(same).to(torch.uint8), patches))
        # A shift moves the middle and repeats the border.
        moved = augment(patches, {"shift": 1}, generator)
        self.assertFalse(torch.equal(moved, patches.float() / 255))


if __name__ == "__main__":
    unittest.main()

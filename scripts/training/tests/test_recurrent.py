"""Networks with lstms: their arithmetic, their simulation, their training."""

import json
import pathlib
import tempfile
import unittest
from typing import Any

import numpy
import torch

from training import functions, lstm, oracle
from training.export import INPUT_SCALE, LSTMWeights, Writer, export
from training.integer import IntegerNet
from training.net import FloatNet, QuantizedNet
from training.random_models import write_random
from training.recipe import Recipe, macs
from training.recurrent import LSTM, QuantizedLSTM
from training.transfer import Trained, start_from

SMALL: dict[str, Any] = {
    "name": "small",
    "labels": "digits",
    "input": [8, 24, 1],
    "dropout": 0,
    "weight_decay": 0,
    "layers": [
        {"kind": "conv2d", "channels": 6, "kernel": [3, 3], "stride": [2, 1]},
        {"kind": "conv2d", "channels": 12, "kernel": [4, 1], "padding": "valid"},
        {"kind": "lstm", "units": 9},
        {"kind": "lstm", "units": 7},
        {"kind": "conv2d", "channels": 10, "kernel": [1, 1], "activation": "none"},
    ],
}


def recipe(folder: str, **changed: Any) -> Recipe:
    path = pathlib.Path(folder) / "small.json"
    path.write_text(json.dumps(SMALL | changed))
    return Recipe(path)


class Arithmetic(unittest.TestCase):
    table = torch.from_numpy(functions.sigmoids().astype(numpy.int64))

    def test_table(self) -> None:
        values = self.table.double().numpy() / 65536
        exact = 1 / (1 + numpy.exp(-numpy.arange(256) / 24))
        self.assertLess(numpy.abs(values - exact).max(), 2 / 65536)
        self.assertTrue((numpy.diff(values) >= 0).all())
        self.assertEqual((int(self.table[0]), int(self.table[255])), (32768, 65535))

    def test_functions(self) -> None:
        """All int16 there are, against floating point."""
        values = torch.arange(-(2**15), 2**15)
        found = lstm.sigmoid(values, self.table)
        self.assertLess(float((found - 32768 * torch.sigmoid(values / 4096)).abs().max()), 2)
        self.assertTrue((found.diff() >= 0).all())
        for bits in lstm.CELL_BITS:
            found = lstm.tanh(values, bits, self.table)
            exact = 32768 * torch.tanh(values.double() / 2**bits)
            self.assertLess(float((found - exact).abs().max()), 6, bits)
            self.assertTrue((found.diff() >= 0).all(), bits)
            self.assertLessEqual(int(found.abs().max()), 32767)

    def test_random_models_equal_tensorflow_lite_micro(self) -> None:
        """Other ones than those whose vectors the program is tested with."""
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(51, 63):
                path = pathlib.Path(folder) / f"random-{seed}"
                write_random(path, seed)
                kinds = [layer["kind"] for layer in IntegerNet(path).layers]
                self.assertIn("lstm", kinds)
                oracle.check(path, random_count=12, vectors=4)

    def test_scales_are_multiplied_in_double_precision(self) -> None:
        """Sums that single precision would round to the other side of a half, which noise hardly
        ever finds and real lines do."""
        scales = numpy.random.default_rng(5).uniform(0.03, 0.06, 40_000).astype(numpy.float32)
        whole = numpy.float64(INPUT_SCALE) * scales.astype(numpy.float64) * 4096
        short = (numpy.float32(INPUT_SCALE) * scales).astype(numpy.float64) * 4096
        sums = numpy.arange(20, 160)
        told = [numpy.floor(sums * factor[:, None] + 0.5) for factor in (whole, short)]
        found = numpy.argwhere(told[0] != told[1])[:6]
        self.assertEqual(len(found), 6)
        for row, column in found:
            with tempfile.TemporaryDirectory() as folder:
                # All of the cell gate goes in and out, in steps of its own.
                ones = 32000 / whole[row]
                bias = numpy.array([[ones], [0], [sums[column]], [ones]])
                weights = LSTMWeights(
                    numpy.zeros((4, 1, 1), int),
                    numpy.zeros((4, 1, 1), int),
                    numpy.full(8, scales[row]),
                    numpy.rint(bias),
                    12,
                )
                writer = Writer([1, 1, 1])
                shape = {"input": [1, 1, 1], "output": [1, 1, 1], "activation": "none"}
                writer.add({"kind": "lstm", **shape}, weights, (2.0**-12, 0))
                writer.write(folder, "half", ["a"], {})
                judged = oracle.Oracle(folder).layer_outputs(numpy.zeros((1, 1, 1), numpy.uint8))
                self.assertLessEqual(abs(int(judged[0].item()) - told[0][row, column]), 1)
                oracle.check(folder, random_count=4, vectors=2)

    def test_a_difference_is_told(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "random-41"
            write_random(path, 41)
            manifest = json.loads((path / "model.json").read_text())
            layer = next(layer for layer in manifest["layers"] if layer["kind"] == "lstm")
            judge = oracle.Oracle(path)
            layer["weight_scales"] = [2 * scale for scale in layer["weight_scales"]]
            (path / "model.json").write_text(json.dumps(manifest))
            net = IntegerNet(path)
            patch = oracle.noise(manifest["input"]["shape"], 3, 1)[2]
            found = list(net.layer_outputs(torch.from_numpy(patch.transpose(2, 0, 1).copy())[None]))
            same = [
                numpy.array_equal(one[0].numpy().reshape(other.shape), other)
                for one, other in zip(found, judge.layer_outputs(patch))
            ]
            self.assertEqual(same[:2], [True, False])


class Network(unittest.TestCase):
    def trained(self, folder: str) -> tuple[Recipe, FloatNet]:
        torch.manual_seed(1)
        made = recipe(folder)
        net = FloatNet(made)
        for _ in range(3):
            net(torch.rand(16, 1, 8, 24))
        return made, net.eval()

    def test_shapes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            made = recipe(folder)
        self.assertEqual(made.layers[2]["output"], [1, 24, 9])
        self.assertEqual(macs(made.layers[2]), 24 * 4 * 9 * (12 + 9))
        self.assertEqual(made.positions, 24)

    def test_wrong_recipes(self) -> None:
        layers = SMALL["layers"]
        wrong = {
            "one row": [layers[0], {"kind": "lstm", "units": 3}, layers[4]],
            "no logits": [*layers[:2], {"kind": "lstm", "units": 10}],
            "of its own": [*layers[:2], layers[2] | {"activation": "tanh"}, layers[4]],
            "side by side": [
                layers[0],
                layers[1] | {"name": "early"},
                layers[2],
                {"kind": "concatenate", "with": "early"},
                layers[4],
            ],
        }
        for reason, changed in wrong.items():
            with tempfile.TemporaryDirectory() as folder:
                with self.assertRaisesRegex(SystemExit, reason):
                    recipe(folder, layers=changed)

    def test_the_loop_is_the_layer(self) -> None:
        """What int8 is simulated with, without rounding, against PyTorch: values and gradients."""
        torch.manual_seed(2)
        with tempfile.TemporaryDirectory() as folder:
            layer = LSTM(recipe(folder).layers[2])
        loop = QuantizedLSTM(layer)
        x = torch.randn(5, 12, 1, 17)
        wanted, found = layer(x), loop(x, quantize=False)
        self.assertLess(float((wanted - found).abs().max()), 1e-5)
        wanted.pow(2).sum().backward()
        found.pow(2).sum().backward()
        gradients = (
            (layer.lstm.weight_ih_l0.grad, loop.inputs.grad),
            (layer.lstm.weight_hh_l0.grad, loop.recurrent.grad),
            (layer.lstm.bias_ih_l0.grad, loop.bias.grad),
        )
        for mine, its in gradients:
            self.assertLess(float((mine.flatten() - its.flatten()).abs().max()), 1e-3)

    def test_gradients_by_differences(self) -> None:
        torch.manual_seed(3)
        with tempfile.TemporaryDirectory() as folder:
            layer = LSTM(recipe(folder).layers[3])
        loop = QuantizedLSTM(layer).double()
        x = torch.randn(2, 9, 1, 6).double()
        loop(x, quantize=False).sin().sum().backward()
        for parameter in (loop.inputs, loop.recurrent, loop.bias):
            place = tuple(int(size) // 2 for size in parameter.shape)
            ends = []
            for step in (1e-6, -1e-6):
                with torch.no_grad():
                    parameter[place] += step
                    ends.append(float(loop(x, quantize=False).sin().sum()))
                    parameter[place] -= step
            slope = (ends[0] - ends[1]) / 2e-6
            self.assertAlmostEqual(float(parameter.grad[place]), slope, places=6)

    def exported(self, folder: str, net: FloatNet, made: Recipe) -> tuple[QuantizedNet, IntegerNet]:
        quantized = QuantizedNet(net).eval()
        quantized.calibrate(torch.rand(32, 1, 8, 64))
        simulated = quantized(torch.rand(32, 1, 8, 64)).detach()
        limits = float(simulated.min()), float(simulated.max())
        export(quantized, made, folder, "small", limits, {"float_accuracy": 0, "int8_accuracy": 0})
        return quantized, IntegerNet(folder)

    def test_integers_follow_the_simulation_at_any_width(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            made, net = self.trained(folder)
            quantized, integer = self.exported(folder, net, made)
            layer = integer.layers[-1]
            for width in (24, 64):
                patches = torch.randint(0, 256, (16, 1, 8, width), dtype=torch.uint8)
                simulated = quantized(patches.float() / 255).detach()
                found = integer.logits(patches).reshape(simulated.shape).float()
                real = layer["output_scale"] * (found - layer["output_zero_point"])
                # A step of int8 that falls otherwise goes on from column to column.
                apart = (real - simulated).abs()
                self.assertLess(float(apart.mean()), layer["output_scale"])
                self.assertLess(float(apart.max()), 8 * layer["output_scale"])
            oracle.check(folder, random_count=8, vectors=4)

    def test_cells_are_as_fine_as_their_range_allows(self) -> None:
        for widest, bits in ((0.4, 15), (0.6, 14), (3.9, 12), (4.1, 11), (1000.0, 9)):
            with tempfile.TemporaryDirectory() as folder:
                loop = QuantizedLSTM(LSTM(recipe(folder).layers[2]))
            loop.fit(torch.tensor([-0.5, 0.75]), widest)
            self.assertEqual(loop.cell_bits, bits)
            self.assertAlmostEqual(loop.output[0], 1.25 / 255)

    def test_what_others_take_over(self) -> None:
        """The layers before an lstm can be gone on from; such a network teaches nobody."""
        with tempfile.TemporaryDirectory() as folder:
            made, net = self.trained(folder)
            self.exported(folder, net, made)
            self.assertEqual(
                start_from(FloatNet(made), made, f"{folder}/.", torch.rand(8, 1, 8, 24)), 2
            )
            with self.assertRaisesRegex(SystemExit, "lstm"):
                Trained(f"{folder}/.")


class Training(unittest.TestCase):
    def test_learns_to_remember(self) -> None:
        """The first column says which digit all others are: a network without memory can't know.
        It is learned, and int8 loses little of it."""
        torch.manual_seed(4)
        digits, columns, steps = 5, 8, 200
        with tempfile.TemporaryDirectory() as folder:
            made = recipe(
                folder,
                normalization="none",
                input=[1, columns, 1],
                layers=[
                    {"kind": "conv2d", "channels": 16, "kernel": [1, 1]},
                    {"kind": "lstm", "units": 24},
                    {"kind": "conv2d", "channels": 10, "kernel": [1, 1], "activation": "none"},
                ],
            )
            net = FloatNet(made)
            optimizer = torch.optim.Adam(net.parameters())
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=steps + 1)

            def drawn(count: int) -> tuple[torch.Tensor, torch.Tensor]:
                wanted = torch.randint(0, digits, (count,))
                x = torch.randint(0, 26, (count, 1, 1, columns))
                x[:, 0, 0, 0] = (wanted * 2 + 1) * 255 // (2 * digits)
                return x / 255, wanted

            for _ in range(steps):
                x, wanted = drawn(64)
                loss = torch.nn.functional.cross_entropy(
                    net(x).permute(0, 2, 1), wanted[:, None].expand(-1, columns)
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            quantized = QuantizedNet(net.eval()).eval()
            quantized.calibrate(drawn(200)[0])
            x, wanted = drawn(500)
            simulated = quantized(x).detach()
            limits = float(simulated.min()), float(simulated.max())
            export(quantized, made, folder, "memory", limits, {})
            whole = IntegerNet(folder).logits((x * 255).round().to(torch.uint8))
        last = whole.reshape(500, columns, 10)[:, -1].argmax(1)
        in_float = float((net(x)[:, -1].argmax(1) == wanted).float().mean())
        self.assertGreater(in_float, 0.97)
        self.assertGreater(float((last == wanted).float().mean()), in_float - 0.02)


if __name__ == "__main__":
    unittest.main()

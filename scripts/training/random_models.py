"""Small models of random layers, to compare what computes them."""

import pathlib

import numpy

from training.export import LSTMWeights, Weights, Writer
from training.functions import OUTPUTS
from training.recipe import TABLES, Layer, output_sides


def power_of_two(x: numpy.ndarray | numpy.floating) -> numpy.ndarray:
    return numpy.exp2(numpy.floor(numpy.log2(x))).astype(numpy.float32)


class RandomModel:
    """A model with zero points and scales that occur in no trained one.

    Every third has scales of powers of two, so that halves are frequent where it rounds. Those
    13 to 20 have dilations, and every other of them reads lines; those from 21 to 30 have tables
    and end with a softmax; those from 31 to 40 halve the picture and put it beside what it was
    before; those from 41 on read lines with one or two lstms.
    """

    def __init__(self, seed: int) -> None:
        self.random = numpy.random.default_rng(seed)
        self.exact = seed % 3 == 0
        self.recurrent = seed > 40
        self.dilated, self.lines = seed > 12, seed > 12 and seed % 2 == 0 or self.recurrent
        self.tables, self.joined = 20 < seed <= 30, 30 < seed <= 40
        pick = self.pick
        self.shape = [pick(4, 13), pick(12, 30) if self.lines else pick(4, 13), pick(1, 3)]
        if self.joined:
            self.shape = [2 * pick(3, 6), 2 * pick(6, 15), self.shape[2]]
        self.writer = Writer(self.shape)
        plan = self.plan(seed)
        self.coarse = len(plan) - 5 if self.joined else None
        if self.tables:
            functions = [name for kind in plan for name in (kind, "table")]
            plan = functions[:-1] + ["softmax"]
        weighted = max(i for i, kind in enumerate(plan) if kind in ("dense", "conv2d"))
        for number, kind in enumerate(plan):
            layer: Layer = {
                "kind": kind,
                "input": self.shape,
                "activation": "none",
                "output": self.shape,
            }
            if kind in ("table", "softmax"):
                self.add_function(layer)
            elif kind == "lstm":
                self.add_lstm(layer)
            elif kind in ("upsample2d", "concatenate"):
                self.add_join(number, layer)
            else:
                self.add_layer(number, layer, number >= weighted)
            self.shape = layer["output"]

    def pick(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))

    def plan(self, seed: int) -> list[str]:
        """The kinds of layers."""
        kinds = ["conv2d"] * 2 + ["depthwise_conv2d", "max_pool2d", "average_pool2d"]
        plan = [kinds[self.pick(0, 4)] for _ in range(self.pick(1, 4))]
        plan += ["conv2d"] if self.lines else ["dense"] * self.pick(1, 2)
        if self.joined:
            between = [[], ["max_pool2d"], ["depthwise_conv2d"]][seed % 3]
            plan = ["conv2d", *between, "conv2d", "upsample2d", "concatenate", "conv2d", plan[-1]]
        if self.recurrent:
            # The first convolution leaves one row.
            plan = ["conv2d", *["lstm"] * self.pick(1, 2), "conv2d"]
        return plan

    def add_lstm(self, layer: Layer) -> None:
        """Gates far from their ends and beyond them, cells of any step."""
        random, writer = self.random, self.writer
        units, depth = self.pick(1, 21), self.shape[2]
        layer["output"] = [1, self.shape[1], units]
        output_scale = float(numpy.float32(random.uniform(0.004, 0.012)))
        scales = []
        for scale, width in ((writer.scale, depth), (output_scale, units)):
            typical = 73 * 100 * width**0.5 * scale
            scales.append((random.uniform(0.2, 12, 4) / typical).astype(numpy.float32))
        if self.exact:
            output_scale = float(power_of_two(numpy.float32(output_scale)))
            scales = [power_of_two(mine) for mine in scales]
        weights = LSTMWeights(
            random.integers(-127, 128, (4, units, depth)),
            random.integers(-127, 128, (4, units, units)),
            numpy.concatenate(scales),
            numpy.rint(random.uniform(-3, 3, (4, units)) / (writer.scale * scales[0][:, None])),
            self.pick(9, 15),
        )
        writer.add(layer, weights, (output_scale, self.pick(-128, 127)))

    def add_function(self, layer: Layer) -> None:
        output = None
        if layer["kind"] == "table":
            layer["function"] = TABLES[self.pick(0, 2)]
            output = OUTPUTS.get(layer["function"])
            if output is None:
                layer["slope"] = self.random.uniform(0.01, 0.9)
                output = self.writer.scale * self.random.uniform(0.3, 2), self.pick(-128, 127)
        self.writer.add(layer, output=output)

    def add_join(self, number: int, layer: Layer) -> None:
        rows, columns, channels = self.shape
        if layer["kind"] == "upsample2d":
            layer["output"] = [2 * rows, 2 * columns, channels]
        else:
            layer["with"] = number - 3
            others = self.writer.layers[number - 3]["output"]
            layer["output"] = [rows, columns, channels + others[2]]
        self.writer.add(layer)

    def add_layer(self, number: int, layer: Layer, last: bool) -> None:
        kind, shape = layer["kind"], self.shape
        pool = kind.endswith("pool2d")
        if not pool and not last:
            layer["activation"] = ["none", "relu"][self.pick(0, 1)]
        channels = shape[2] if pool or kind == "depthwise_conv2d" else self.pick(2, 19)
        size: tuple[int, ...]
        if kind == "dense":
            layer["output"] = [1, 1, channels]
            size = (channels, int(numpy.prod(shape)))
        else:
            self.give_kernel(number, layer, last)
            layer["output"] = output_sides(layer, shape) + [channels]
            size = (channels, 1 if kind == "depthwise_conv2d" else shape[2], *layer["kernel"])
        if pool:
            self.writer.add(layer)
        else:
            self.add_weights(layer, size, number == self.coarse)

    def give_kernel(self, number: int, layer: Layer, last: bool) -> None:
        pick, shape = self.pick, self.shape
        pool = layer["kind"].endswith("pool2d")
        layer["padding"] = ["same", "valid"][pick(0, 1)]
        layer["kernel"] = [pick(1, min(5, shape[0])), pick(1, min(5, shape[1]))]
        layer["stride"] = [pick(1, 2), pick(1, 2)]
        if self.coarse is not None and number < self.coarse:
            # Sides stay, so that half of them is whole.
            layer |= {"padding": "same", "stride": [1, 1]}
            if pool:
                layer |= {"padding": "valid", "kernel": [1, 1]}
        elif number == self.coarse:
            layer |= {"padding": "same", "stride": [2, 2]}
        if self.lines and (last or self.recurrent):
            layer |= {"padding": "valid", "kernel": [shape[0], 1], "stride": [1, 1]}
        elif self.dilated and not pool:
            layer["dilation"] = [
                pick(1, 3)
                if layer["padding"] == "same"
                else pick(1, (side - 1) // max(kernel - 1, 1) if kernel > 1 else 3)
                for side, kernel in zip(shape, layer["kernel"])
            ]

    def add_weights(self, layer: Layer, size: tuple[int, ...], coarse: bool) -> None:
        random, writer, channels = self.random, self.writer, size[0]
        values = random.integers(-127, 128, size).astype(numpy.int8)
        output_scale = float(numpy.float32(random.uniform(0.01, 0.2)))
        if self.exact:
            output_scale = float(power_of_two(numpy.float32(output_scale)))
        typical = 73 * 100 * int(numpy.prod(size[1:])) ** 0.5
        scales = (
            random.uniform(5, 400, channels) * output_scale / (typical * writer.scale)
        ).astype(numpy.float32)
        if self.exact:
            scales = power_of_two(scales)
        relu = layer["activation"] == "relu" and self.pick(0, 1)
        output = output_scale, -128 if relu else self.pick(-128, 127)
        if coarse:
            # What is put side by side has one scale.
            output = writer.scale, writer.zero_point
        bias = random.integers(-20000, 20001, channels)
        writer.add(layer, Weights(values, scales, bias), output)


def write_random(directory: str | pathlib.Path, seed: int) -> None:
    model = RandomModel(seed)
    training = {
        "recipe": "random",
        "seed": seed,
        "data_sha256": "",
        "float_accuracy": 0.0,
        "int8_accuracy": 0.0,
    }
    labels = [f"label {i}" for i in range(model.shape[2])]
    model.writer.write(directory, f"random-{seed}", labels, training)

"""The layers before the first one with weights: functions of a byte, maybe others in each channel.

Keras' normalization of pictures becomes a MUL and an ADD there. Neither is a layer of a model
folder, but what they make of a channel's 256 bytes is a table, or a filter that gives its values.
"""

from typing import NamedTuple

import numpy

from training.arithmetic import multiplier_and_shift
from training.export import Weights
from training.functions import scaled
from training.importing.affine import Filter, filter_of
from training.importing.chain import Chain

LEFT_SHIFT = 20  # of TensorFlow Lite Micro's ADD


class Scale(NamedTuple):
    scale: float
    zero_point: int


class Front:
    """int8 of each byte, `values` [channels, 256], and what these stand for."""

    def __init__(self, values: numpy.ndarray, scale: Scale, channels: int) -> None:
        self.values = numpy.tile(values.astype(numpy.int64), (channels, 1))
        self.scale = scale
        # What was there first, and after each operator: a row a channel, and their scale.
        self.stages = [(self.values, scale)]

    def multiply(self, constants: numpy.ndarray, scale: Scale, output: Scale) -> None:
        how = multiplier_and_shift(self.scale.scale, scale.scale, output.scale)
        constants = numpy.broadcast_to(constants.astype(numpy.int64), len(self.values))
        factors = (constants - scale.zero_point)[:, None]
        products = (self.values - self.scale.zero_point) * factors
        self.give([[scaled(int(value), *how) for value in row] for row in products], output)

    def add(self, constants: numpy.ndarray, scale: Scale, output: Scale) -> None:
        most = 2 * max(self.scale.scale, scale.scale)
        mine, other = (multiplier_and_shift(s.scale, 1, most) for s in (self.scale, scale))
        total = multiplier_and_shift(most, 2.0**-LEFT_SHIFT, output.scale)
        constants = numpy.broadcast_to(constants.astype(numpy.int64), len(self.values))
        rows = []
        for row, constant in zip(self.values - self.scale.zero_point, constants):
            summand = scaled((int(constant) - scale.zero_point) << LEFT_SHIFT, *other)
            sums = [scaled(int(value) << LEFT_SHIFT, *mine) + summand for value in row]
            rows.append([scaled(value, *total) for value in sums])
        self.give(rows, output)

    def give(self, rows: list[list[int]], output: Scale) -> None:
        self.values = numpy.clip(numpy.array(rows) + output.zero_point, -128, 127)
        self.scale = output
        self.stages.append((self.values, output))

    def write(self, chain: Chain, tensor: int | None) -> None:
        """One table where all channels have the same; else filters, which boards have too; else
        tables and choices."""
        tables = self.values.astype(numpy.int8)
        if (tables == tables[0]).all():
            chain.begin(tables[0], self.scale)
            if chain.tensors:
                chain.tensors[-1] = tensor
            return
        if not self.filtered(chain, [self.stages[0], self.stages[-1]], tensor):
            if not self.filtered(chain, self.stages, tensor):
                self.choose(chain, tables, tensor)

    def filtered(
        self, chain: Chain, stages: list[tuple[numpy.ndarray, Scale]], tensor: int | None
    ) -> bool:
        """A filter a channel from each stage to the next, if they give the same."""
        (first, scale), *_ = stages
        same = numpy.array_equal(first[0], numpy.arange(-128, 128)) and scale.zero_point == -128
        before = Scale(chain.writer.scale, chain.writer.zero_point) if same else scale
        layers: list[tuple[list[Filter], Scale]] = []
        values = first
        for outputs, after in stages[1:]:
            filters = [
                filter_of(x - before.zero_point, y, before.scale, after.scale, after.zero_point)
                for x, y in zip(values, outputs)
            ]
            found = [one for one in filters if one is not None]
            if len(found) < len(filters):
                return False
            layers.append((found, after))
            values, before = outputs, after
        if not same:
            chain.map(first[0], scale, "input")
        for number, (found, after) in enumerate(layers):
            weights, biases, scales = (numpy.array(part) for part in zip(*found))
            chain.add(
                {
                    "kind": "depthwise_conv2d",
                    "kernel": [1, 1],
                    "stride": [1, 1],
                    "padding": "valid",
                },
                tensor if number == len(layers) - 1 else None,
                Weights(weights.reshape(-1, 1, 1, 1), scales, biases),
                after,
            )
        return True

    def choose(self, chain: Chain, tables: numpy.ndarray, tensor: int | None) -> None:
        """Each channel's table is applied to all, and a convolution takes that channel of it and
        the others of what was before."""
        same, count = numpy.arange(-128, 128), len(tables)
        chain.map(same, self.scale, "identity")
        for channel, table in enumerate(tables):
            before = len(chain.tensors) - 1
            chain.map(table, self.scale, "input")
            rows, columns, _ = chain.shape
            chain.add(
                {"kind": "concatenate", "with": before, "output": [rows, columns, 2 * count]}, None
            )
            choice = numpy.zeros((count, 2 * count, 1, 1), numpy.int8)
            for other in range(count):
                choice[other, other if other == channel else count + other] = 1
            last = channel == count - 1
            chain.add(
                {
                    "kind": "conv2d",
                    "output": [rows, columns, count],
                    "kernel": [1, 1],
                    "stride": [1, 1],
                    "padding": "valid",
                },
                tensor if last else None,
                Weights(choice, numpy.ones(count, numpy.float32), numpy.zeros(count, numpy.int32)),
                self.scale,
            )

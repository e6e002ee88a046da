"""The integer arithmetic of an lstm, as models/FORMAT.md has it and TensorFlow Lite Micro does it.

Gates are int16 in units of 2^-12 before their functions and of 2^-15 after them; the cell is int16
in units of a power of two; what goes out, and comes back a column later, is int8.
"""

from collections.abc import Sequence

import numpy
import torch

from training.arithmetic import multiplier_and_shift, requantize
from training.recipe import Layer

GATES = ("input", "forget", "cell", "output")
GATE_SCALE = 2.0**-12  # of a gate's sums
LEAST, MOST = -(2**15), 2**15 - 1
# Bits behind the point of a cell: it holds values up to 64 or up to 1.
CELL_BITS = range(9, 16)


def saturated(values: torch.Tensor) -> torch.Tensor:
    """Clamped to int16."""
    return values.clamp(LEAST, MOST)


def gate_multiplier(input_scale: float, weight_scale: float) -> tuple[int, int]:
    """Of the sums of a matrix, which has one scale."""
    return multiplier_and_shift(input_scale, weight_scale, GATE_SCALE)


def scaled(values: torch.Tensor, multiplier: int, shift: int) -> torch.Tensor:
    return requantize(values, torch.tensor(multiplier), torch.tensor(shift))


def between(table: torch.Tensor, places: torch.Tensor, bits: int) -> torch.Tensor:
    """The table's values at places with `bits` bits behind the point, times 2^bits."""
    at = (places >> bits).clamp(max=254)
    rest = places & ((1 << bits) - 1)
    first = table[at]
    return (first << bits) + rest * (table[at + 1] - first)


def sigmoid(values: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Of int16 in units of 2^-12, in units of 2^-15."""
    places = values * 3
    # int16 ends at 8, the table at 10.6.
    high = between(table, places.abs(), 9)
    return torch.where(places >= 0, high + 512, 2**25 - high + 511) >> 10


def tanh(values: torch.Tensor, bits: int, table: torch.Tensor) -> torch.Tensor:
    """Of int16 with `bits` bits behind the point, in units of 2^-15: 2 sigmoid(2x) - 1."""
    if bits <= 12:
        places = values * 3 << (12 - bits)
    else:
        places = (values * 3 + (1 << (bits - 13))) >> (bits - 12)
    distance = places.abs()
    high = torch.where(distance >> 8 >= 255, 65535 << 8, between(table, distance, 8))
    return torch.where(places >= 0, high - 2**23 + 128, 2**23 - high + 127) >> 8


class IntegerLSTM:
    """A layer's weights, read from its record and the model's weights.bin."""

    def __init__(self, layer: Layer, blob: bytes) -> None:
        units, inputs = layer["output"][2], layer["input"][2]
        self.units = units
        self.input_zero_point = layer["input_zero_point"]
        self.output_zero_point = layer["output_zero_point"]

        def matrix(offset: int, columns: int) -> torch.Tensor:
            values = numpy.frombuffer(blob, "i1", 4 * units * columns, offset)
            return torch.from_numpy(values.reshape(4 * units, columns).astype(numpy.float64))

        # Double precision holds all sums exactly.
        self.inputs = matrix(layer["weights_offset"], inputs)
        self.recurrent = matrix(layer["recurrent_offset"], units)
        bias = numpy.frombuffer(blob, "<i4", 4 * units, layer["bias_offset"])
        self.bias = torch.from_numpy(bias.astype(numpy.int64))
        table = numpy.frombuffer(blob, "<u2", 256, layer["table_offset"])
        self.table = torch.from_numpy(table.astype(numpy.int64))
        scales = layer["weight_scales"]
        self.of_inputs = self.multipliers(layer["input_scale"], scales[:4])
        self.of_recurrent = self.multipliers(layer["output_scale"], scales[4:])
        self.cell_bits = -int(numpy.log2(layer["cell_scale"]))
        self.of_forgotten = multiplier_and_shift(2.0**-15, 1, 1)
        self.of_taken = multiplier_and_shift(2.0**-15, 2.0**-15, layer["cell_scale"])
        self.of_output = multiplier_and_shift(2.0**-15, 2.0**-15, layer["output_scale"])

    def multipliers(
        self, input_scale: float, weight_scales: Sequence[float]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Multiplier and shift of each row, one after the other."""
        pairs = [gate_multiplier(input_scale, scale) for scale in weight_scales]
        columns = [torch.tensor(column).repeat_interleave(self.units) for column in zip(*pairs)]
        return columns[0], columns[1]

    def outputs(self, x: torch.Tensor) -> torch.Tensor:
        """int64 [N, units, 1, width] of [N, channels, 1, width], from the first column on."""
        columns = (x[:, :, 0].permute(2, 0, 1) - self.input_zero_point).double()
        sums = torch.round(columns @ self.inputs.t()).long() + self.bias
        from_input = saturated(requantize(sums, *self.of_inputs))
        # 0 at first, both.
        hidden = torch.zeros(x.shape[0], self.units, dtype=torch.int64)
        cell = torch.zeros_like(hidden)
        result = []
        for gates in from_input:
            sums = torch.round(hidden.double() @ self.recurrent.t()).long()
            gates = saturated(gates + saturated(requantize(sums, *self.of_recurrent)))
            into, forget, new, out = gates.chunk(4, 1)
            kept = saturated(scaled(sigmoid(forget, self.table) * cell, *self.of_forgotten))
            taken = sigmoid(into, self.table) * tanh(new, 12, self.table)
            cell = saturated(kept + saturated(scaled(taken, *self.of_taken)))
            shown = tanh(cell, self.cell_bits, self.table) * sigmoid(out, self.table)
            output = scaled(shown, *self.of_output) + self.output_zero_point
            output = output.clamp(-128, 127)
            result.append(output)
            hidden = output - self.output_zero_point
        return torch.stack(result, 2)[:, :, None]

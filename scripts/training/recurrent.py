"""Layers that go over columns from left to right and remember: an lstm in floating point, and with
simulated int8."""

import torch
from torch import nn

from training.lstm import CELL_BITS, GATE_SCALE, LEAST, MOST
from training.recipe import Layer
from training.rounding import Round, nudged, stepped


class LSTM(nn.Module):
    """An lstm over the columns of [N, channels, 1, width], in single precision whatever the rest
    of the network is computed in."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        units = layer["output"][2]
        self.lstm = nn.LSTM(layer["input"][2], units, batch_first=True)
        # One bias a gate is enough, as in TensorFlow.
        nn.init.zeros_(self.lstm.bias_hh_l0)
        self.lstm.bias_hh_l0.requires_grad_(False)
        with torch.no_grad():
            self.lstm.bias_ih_l0.zero_()
            # To forget little at first is what lets it learn to remember.
            self.lstm.bias_ih_l0[units : 2 * units] = 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, enabled=False):
            columns, _ = self.lstm(x[:, :, 0].transpose(1, 2).float())
        return columns.transpose(1, 2).unsqueeze(2)


class QuantizedLSTM(nn.Module):
    """The same with int8 weights, int8 outputs that come back, and gates and cells that end where
    int16 does. Gates' and cells' own steps are too fine to matter.

    Matrices have one scale a gate, in the order input, forget, cell, output.
    """

    def __init__(self, net: LSTM) -> None:
        super().__init__()
        units = net.lstm.hidden_size
        lstm = net.lstm
        self.inputs = nn.Parameter(lstm.weight_ih_l0.detach().reshape(4, units, -1).clone())
        self.recurrent = nn.Parameter(lstm.weight_hh_l0.detach().reshape(4, units, units).clone())
        bias = lstm.bias_ih_l0.detach() + lstm.bias_hh_l0.detach()
        self.bias = nn.Parameter(bias.reshape(4, units))
        self.output = 1 / 128, 0
        self.cell_bits = 12

    @staticmethod
    def scales(weights: torch.Tensor) -> torch.Tensor:
        """One a gate, so that its greatest weight becomes 127."""
        return weights.detach().flatten(1).abs().amax(1).clamp(min=1e-6) / 127

    @classmethod
    def rounded(cls, weights: torch.Tensor) -> torch.Tensor:
        scales = cls.scales(weights)[:, None, None]
        return Round.apply(weights / scales) * scales

    def forward(
        self, x: torch.Tensor, quantize: bool = True, observe: bool = False
    ) -> torch.Tensor:
        columns = x[:, :, 0].permute(2, 0, 1)
        inputs, recurrent = self.inputs, self.recurrent
        if quantize:
            inputs, recurrent = self.rounded(inputs), self.rounded(recurrent)
        gates = columns @ inputs.flatten(0, 1).t() + self.bias.flatten()
        step = 2.0**-self.cell_bits
        hidden = x.new_zeros(x.shape[0], self.bias.shape[1])
        cell = torch.zeros_like(hidden)
        result, widest = [], 0.0
        for from_input in gates:
            from_hidden = hidden @ recurrent.flatten(0, 1).t()
            if quantize:
                from_input = from_input.clamp(LEAST * GATE_SCALE, MOST * GATE_SCALE)
                from_hidden = from_hidden.clamp(LEAST * GATE_SCALE, MOST * GATE_SCALE)
            total = from_input + from_hidden
            if quantize:
                total = total.clamp(LEAST * GATE_SCALE, MOST * GATE_SCALE)
            into, forget, new, out = total.chunk(4, 1)
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(into) * torch.tanh(new)
            if quantize:
                cell = cell.clamp(LEAST * step, MOST * step)
            hidden = torch.sigmoid(out) * torch.tanh(cell)
            if quantize:
                hidden = stepped(hidden, *self.output)
            result.append(hidden)
            if observe:
                widest = max(widest, float(cell.abs().max()))
        outputs = torch.stack(result, 2).unsqueeze(2)
        if observe:
            self.fit(outputs, widest)
        return outputs

    def fit(self, outputs: torch.Tensor, widest: float) -> None:
        """Takes the range of the outputs, and as fine a cell as holds twice the widest seen."""
        self.output = nudged(float(outputs.min()), float(outputs.max()))
        fitting = [bits for bits in CELL_BITS if 2 * widest <= MOST * 2.0**-bits]
        self.cell_bits = max(fitting, default=CELL_BITS[0])

"""Networks: in floating point with batch normalization, then with simulated int8."""

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import nn
from torch.nn import functional as F

from training.functions import OUTPUTS
from training.recipe import Layer, Recipe, has_weights, is_recurrent, kept, padding
from training.recurrent import LSTM, QuantizedLSTM
from training.rounding import Round, nudged, stepped, weight_scale


def flatten(x: torch.Tensor) -> torch.Tensor:
    """Rows, columns, channels: the order in which boards keep activations."""
    return x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x


def logits(x: torch.Tensor) -> torch.Tensor:
    """[N, labels], [N, columns, labels] of a network that reads lines, or [N, rows, columns,
    labels] of a finder."""
    if x.dim() == 2:
        return x
    if x.shape[2] > 1:
        return x.permute(0, 2, 3, 1)
    return x.squeeze(2).permute(0, 2, 1) if x.shape[3] > 1 else flatten(x)


def apply(
    layer: Layer, x: torch.Tensor, weight: torch.Tensor | None, bias: torch.Tensor | None
) -> torch.Tensor:
    """One layer without its activation."""
    kind = layer["kind"]
    if kind == "dense":
        return F.linear(flatten(x), weight, bias)
    if kind == "upsample2d":
        return F.interpolate(x, scale_factor=2, mode="nearest")
    if kind == "max_pool2d":
        return F.max_pool2d(x, layer["kernel"], layer["stride"])
    if kind == "average_pool2d":
        return F.avg_pool2d(x, layer["kernel"], layer["stride"])
    left, right, top, bottom = padding(layer, x.shape[2:])
    settings = {
        "stride": layer["stride"],
        "dilation": layer.get("dilation", 1),
        "groups": layer["input"][2] if kind == "depthwise_conv2d" else 1,
    }
    if left == right and top == bottom:
        return F.conv2d(x, weight, bias, padding=(top, left), **settings)
    return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, **settings)


def activated(layer: Layer, x: torch.Tensor) -> torch.Tensor:
    """What a table stands for. Softmax is left to the loss, which wants its input."""
    if layer["kind"] == "softmax":
        return x
    if layer["function"] == "sigmoid":
        return torch.sigmoid(x)
    return torch.tanh(x) if layer["function"] == "tanh" else F.leaky_relu(x, layer["slope"])


def grouped(layers: list[Layer]) -> list[tuple[Layer, Layer | None]]:
    """Each layer with the maximum that follows it, if one does.

    The maximum is taken at once: what else is done to each value keeps their order, and is done
    to a fourth of them.
    """
    result: list[tuple[Layer, Layer | None]] = []
    for layer in layers:
        previous, pool = result[-1] if result else (None, None)
        if layer["kind"] == "max_pool2d" and previous and has_weights(previous) and not pool:
            result[-1] = (previous, layer)
        else:
            result.append((layer, None))
    return result


class Outputs:
    """What layers gave that others take besides what comes before them."""

    def __init__(self, layers: list[Layer]) -> None:
        self.layers, self.wanted = layers, kept(layers)
        self.of: dict[int, torch.Tensor] = {}

    def keep(self, layer: Layer, x: torch.Tensor) -> None:
        for number in self.wanted:
            if self.layers[number] is layer:
                self.of[number] = x


def tied(layers: list[Layer]) -> list[int]:
    """For each layer with weights the first one whose scale it shares: what is put side by side has
    one scale."""
    result: list[int] = []
    sources: list[int] = []
    current = -1  # there is none before the first
    for layer in layers:
        if has_weights(layer):
            current = len(result)
            result.append(current)
        elif layer["kind"] == "concatenate":
            other = sources[layer["with"]]
            first, second = sorted((result[current], result[other]))
            result = [first if k == second else k for k in result]
        sources.append(current)
    return result


def is_function(layer: Layer) -> bool:
    return layer["kind"] in ("table", "softmax")


def weight_shape(layer: Layer) -> tuple[int, ...]:
    channels = layer["output"][2]
    if layer["kind"] == "dense":
        height, width, depth = layer["input"]
        return (channels, height * width * depth)
    depth = 1 if layer["kind"] == "depthwise_conv2d" else layer["input"][2]
    return (channels, depth, *layer["kernel"])


class Shift(nn.Module):
    """A bias in the place of a normalization."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + (self.bias if x.dim() == 2 else self.bias[:, None, None])


def normalization(recipe: Recipe, layer: Layer) -> nn.Module:
    name, channels = recipe.values.get("normalization", "batch"), layer["output"][2]
    if name == "none":
        return Shift(channels)
    if name != "batch":
        raise SystemExit("normalization is batch or none")
    return nn.BatchNorm1d(channels) if layer["kind"] == "dense" else nn.BatchNorm2d(channels)


class FloatNet(nn.Module):
    """What is trained first. The last layer has a bias, the others batch normalization or, where
    the recipe's `normalization` is `none`, a bias too.

    A recipe's `top` ends activations there, as int8 does: what is clear then looks alike, be it
    faint or strong.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.layers = recipe.layers
        self.dropout = recipe.dropout
        self.top = recipe.values.get("top")
        self.weights = nn.ParameterList()
        self.norms = nn.ModuleList()
        for layer in self.weighted():
            weight = torch.empty(weight_shape(layer))
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
            self.weights.append(nn.Parameter(weight))
            self.norms.append(normalization(recipe, layer))
        self.norms[-1] = nn.Identity()
        self.recurrent = nn.ModuleList(LSTM(layer) for layer in self.layers if is_recurrent(layer))
        self.bias = nn.Parameter(torch.zeros(len(recipe.labels)))

    def weighted(self) -> list[Layer]:
        return [layer for layer in self.layers if has_weights(layer)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        index, outputs, recurrent = 0, Outputs(self.layers), iter(self.recurrent)
        for layer, pool in grouped(self.layers):
            if layer["kind"] == "concatenate":
                x = torch.cat([x, outputs.of[layer["with"]]], 1)
                continue
            if is_recurrent(layer):
                x = next(recurrent)(x)
                continue
            last = index == len(self.weights) - 1
            if self.dropout and layer["kind"] == "dense":
                x = F.dropout(x, self.dropout, self.training)
            elif self.dropout and last:
                x = F.dropout2d(x, self.dropout, self.training)
            if not has_weights(layer):
                x = activated(layer, x) if is_function(layer) else apply(layer, x, None, None)
                continue
            x = apply(layer, x, self.weights[index], self.bias if last else None)
            if pool:
                x = apply(pool, x, None, None)
            x = self.norms[index](x)
            if layer["activation"] == "relu":
                x = F.hardtanh(x, 0.0, self.top) if self.top else F.relu(x, inplace=True)
            outputs.keep(pool or layer, x)
            index += 1
        return logits(x)

    @torch.no_grad()
    def keep_monotone(self) -> None:
        """A maximum may be taken before a normalization only if that doesn't turn the order."""
        for norm in self.norms[:-1]:
            if not isinstance(norm, Shift):
                norm.weight.clamp_(min=0.01)

    def folded(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """(weight, bias) a layer, with the normalization multiplied in."""
        result = []
        for weight, norm in zip(self.weights, self.norms):
            if isinstance(norm, nn.Identity):
                result.append((weight.detach().clone(), self.bias.detach().clone()))
                continue
            if isinstance(norm, Shift):
                result.append((weight.detach().clone(), norm.bias.detach().clone()))
                continue
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            shape = [-1] + [1] * (weight.dim() - 1)
            result.append(
                (
                    (weight * factor.reshape(shape)).detach(),
                    (norm.bias - norm.running_mean * factor).detach(),
                )
            )
        return result


class Foldable(Protocol):
    """What a `QuantizedNet` asks of a network in floating point."""

    @property
    def layers(self) -> list[Layer]: ...

    @property
    def top(self) -> float | None: ...

    @property
    def recurrent(self) -> Iterable[LSTM]: ...

    def folded(self) -> list[tuple[torch.Tensor, torch.Tensor]]: ...


class QuantizedNet(nn.Module):
    """The folded network with int8 weights and activations simulated in floating point.

    Activations after ReLU take 256 steps of 0...`tops[i]`, which is trained too.
    """

    def __init__(self, net: Foldable) -> None:
        super().__init__()
        self.layers, self.top = net.layers, net.top
        folded = net.folded()
        self.weights = nn.ParameterList([nn.Parameter(weight) for weight, _ in folded])
        self.biases = nn.ParameterList([nn.Parameter(bias) for _, bias in folded])
        self.recurrent = nn.ModuleList(QuantizedLSTM(lstm) for lstm in net.recurrent)
        # Logarithms, so that a step is relative.
        self.tops = nn.Parameter(torch.zeros(len(folded) - 1))
        # Activations that may be negative take 256 steps of a fixed range: (scale, zero point).
        self.ranges: dict[int, tuple[float, int]] = {}
        self.tied = tied(self.layers)

    def output_top(self, index: int) -> torch.Tensor:
        """The greatest value after the ReLU of weights `index`."""
        return torch.exp(self.tops[self.tied[index]])

    def table_output(self, layer: Layer, index: int) -> tuple[float, int]:
        """(scale, zero point) of a table after weights `index`."""
        if layer["function"] in OUTPUTS:
            return OUTPUTS[layer["function"]]
        scale, zero_point = self.ranges[index]
        return nudged(layer["slope"] * scale * (-128 - zero_point), scale * (127 - zero_point))

    def forward(
        self,
        x: torch.Tensor,
        quantize: bool = True,
        record: dict[int, list[torch.Tensor]] | None = None,
    ) -> torch.Tensor:
        index, outputs, recurrent = 0, Outputs(self.layers), iter(self.recurrent)
        for layer, pool in grouped(self.layers):
            if layer["kind"] == "concatenate":
                x = torch.cat([x, outputs.of[layer["with"]]], 1)
                continue
            if is_recurrent(layer):
                x = next(recurrent)(x, quantize, record is not None)
                continue
            if is_function(layer):
                x = activated(layer, x)
                if quantize and layer["kind"] == "table":
                    x = stepped(x, *self.table_output(layer, index - 1))
                continue
            if not has_weights(layer):
                x = apply(layer, x, None, None)
                continue
            i = index
            index += 1
            weight = self.weights[i]
            if quantize:
                scale = weight_scale(weight).reshape([-1] + [1] * (weight.dim() - 1))
                weight = Round.apply(weight / scale) * scale
            x = apply(layer, x, weight, self.biases[i])
            if pool:
                x = apply(pool, x, None, None)
            relu = layer["activation"] == "relu"
            if relu:
                x = F.hardtanh(x, 0.0, self.top) if self.top and not quantize else F.relu(x)
            if record is not None:
                record.setdefault(self.tied[i], []).append(x.detach().flatten())
            if quantize and i < len(self.weights) - 1:
                if relu:
                    top = self.output_top(i)
                    x = Round.apply(torch.minimum(x, top) * (255 / top)) * (top / 255)
                else:
                    x = stepped(x, *self.ranges[i])
            outputs.keep(pool or layer, x)
        return logits(x)

    @torch.no_grad()
    def calibrate(self, patches: torch.Tensor) -> None:
        """Chooses each range so that rounding and clipping together lose least."""
        record: dict[int, list[torch.Tensor]] = {}
        self(patches, quantize=False, record=record)
        i = -1
        extremes = 0.0, 0.0
        for layer in self.layers:
            if layer["kind"] == "table" and layer["function"] in OUTPUTS:
                # Beyond, less than a step of the output is left to gain.
                limit = {"sigmoid": 6.2, "tanh": 3.1}[layer["function"]]
                low, high = extremes
                self.ranges[i] = nudged(max(low, -limit), min(high, limit))
            if not has_weights(layer):
                continue
            i += 1
            if i == len(self.weights) - 1:
                break
            if self.tied[i] != i:
                continue
            values = torch.cat(record[i])
            if layer["activation"] != "relu":
                extremes = float(values.min()), float(values.max())
                self.ranges[i] = nudged(*extremes)
                continue
            highest = max(float(values.max()), 1e-3)
            # A sample is enough to compare losses.
            values = values[torch.randperm(len(values), device=values.device)[:200_000]]
            best = min(
                (highest * share / 100 for share in range(30, 101, 2)),
                key=lambda top: float(
                    (
                        (torch.round(values.clamp(max=top) * 255 / top) * top / 255 - values) ** 2
                    ).mean()
                ),
            )
            self.tops[i] = torch.log(torch.tensor(best))

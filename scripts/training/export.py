"""Writes a model folder: `model.json` and `weights.bin`, as models/FORMAT.md says."""

import hashlib
import json
import pathlib
import re
from typing import Any, NamedTuple

import numpy
import torch

from training.functions import OUTPUTS, exponentials, sigmoids, table
from training.net import QuantizedNet
from training.recipe import Layer, Recipe, has_kernel, has_weights, is_recurrent, macs
from training.recurrent import QuantizedLSTM
from training.rounding import nudged, weight_scale

FORMAT = "serialscribe-model"
VERSION = 1
INPUT_SCALE = float(numpy.float32(1 / 255))


class Weights(NamedTuple):
    """int8 as in a network, [out, in, row, column]; a scale and an integer bias a channel."""

    values: numpy.ndarray
    scales: numpy.ndarray
    bias: numpy.ndarray


class LSTMWeights(NamedTuple):
    """int8 matrices [gate, unit, input] and [gate, unit, unit] in the order input, forget, cell,
    output; their eight scales; integer biases [gate, unit]; bits behind a cell's point."""

    inputs: numpy.ndarray
    recurrent: numpy.ndarray
    scales: numpy.ndarray
    bias: numpy.ndarray
    cell_bits: int


class Writer:
    """Collects layers and their weights."""

    def __init__(self, input_shape: list[int]) -> None:
        self.blob = bytearray()
        self.layers: list[Layer] = []
        self.input_shape = input_shape
        self.scale, self.zero_point = INPUT_SCALE, -128
        self.parameters = 0

    def add(
        self,
        layer: Layer,
        weights: Weights | LSTMWeights | None = None,
        output: tuple[float, int] | None = None,
    ) -> None:
        """`output` is (scale, zero point) of a layer with weights, an lstm or a table."""
        entry = {
            "kind": layer["kind"],
            "input": layer["input"],
            "output": layer["output"],
            "activation": layer["activation"],
            "input_scale": self.scale,
            "input_zero_point": self.zero_point,
        }
        if layer["kind"] == "concatenate":
            entry["with"] = layer["with"]
            other = self.layers[layer["with"]]
            assert (other["output_scale"], other["output_zero_point"]) == (
                self.scale,
                self.zero_point,
            )
        if has_kernel(layer):
            entry |= {key: layer[key] for key in ("kernel", "stride", "padding")}
            if list(layer.get("dilation", [1, 1])) != [1, 1]:
                entry["dilation"] = layer["dilation"]
        if output is not None:
            output = float(numpy.float32(output[0])), int(output[1])
        if isinstance(weights, LSTMWeights):
            entry |= self.appended_lstm(weights)
        elif weights is not None:
            entry |= self.appended(layer["kind"], weights)
        elif layer["kind"] == "table":
            assert output is not None
            entry["function"] = layer["function"]
            if "slope" in layer:
                entry["slope"] = float(numpy.float32(layer["slope"]))
            values = table(entry, self.scale, self.zero_point, output)
            entry["table_offset"] = self.append(values.tobytes())
        elif layer["kind"] == "softmax":
            values = exponentials(self.scale)
            entry["table_offset"] = self.append(values.astype("<i4").tobytes())
            output = OUTPUTS["softmax"]
        if output is not None:
            self.scale, self.zero_point = output
        entry |= {"output_scale": self.scale, "output_zero_point": self.zero_point}
        self.layers.append(entry)

    def appended(self, kind: str, weights: Weights) -> dict[str, Any]:
        """What a layer's entry says of its weights."""
        values = weights.values
        if kind == "conv2d":
            values = values.transpose(0, 2, 3, 1)
        elif kind == "depthwise_conv2d":
            values = values[:, 0].transpose(1, 2, 0)
        assert numpy.abs(values.astype(int)).max() <= 127
        self.parameters += values.size + len(weights.bias)
        return {
            "weight_scales": [float(numpy.float32(scale)) for scale in weights.scales],
            "weights_offset": self.append(values.astype(numpy.int8).tobytes()),
            "bias_offset": self.append(numpy.asarray(weights.bias).astype("<i4").tobytes()),
        }

    def appended_lstm(self, weights: LSTMWeights) -> dict[str, Any]:
        for values in (weights.inputs, weights.recurrent):
            assert numpy.abs(values.astype(int)).max() <= 127
        self.parameters += weights.inputs.size + weights.recurrent.size + weights.bias.size
        return {
            "weight_scales": [float(numpy.float32(scale)) for scale in weights.scales],
            "cell_scale": 2.0**-weights.cell_bits,
            "weights_offset": self.append(weights.inputs.astype(numpy.int8).tobytes()),
            "recurrent_offset": self.append(weights.recurrent.astype(numpy.int8).tobytes()),
            "bias_offset": self.append(weights.bias.astype("<i4").tobytes()),
            "table_offset": self.append(sigmoids().astype("<u2").tobytes()),
        }

    def append(self, data: bytes) -> int:
        while len(self.blob) % 16:
            self.blob.append(0)
        offset = len(self.blob)
        self.blob += data
        return offset

    def write(
        self, directory: str | pathlib.Path, name: str, labels: list[str], training: dict[str, Any]
    ) -> None:
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "weights.bin").write_bytes(self.blob)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "name": name,
            "labels": labels,
            "input": {"shape": self.input_shape, "scale": INPUT_SCALE, "zero_point": -128},
            "parameters": self.parameters,
            "macs": sum(macs(layer) for layer in self.layers),
            "training": training,
            "weights": {"bytes": len(self.blob), "sha256": hashlib.sha256(self.blob).hexdigest()},
            "layers": self.layers,
        }
        write_manifest(directory, manifest)


def write_manifest(directory: str | pathlib.Path, manifest: dict[str, Any]) -> None:
    """Indented JSON with lists of numbers and of labels on one line."""
    text = json.dumps(manifest, indent=2, ensure_ascii=True)
    text = re.sub(
        r"\[\s+((?:(?:[-+.\de]+|\"(?:\\.|[^\"\\])*\")(?:,\s+)?)+)\s+\]",
        lambda match: "[" + re.sub(r",\n\s+", ", ", match.group(1).rstrip()) + "]",
        text,
    )
    assert json.loads(text) == manifest
    (pathlib.Path(directory) / "model.json").write_text(text + "\n")


def whole(lstm: QuantizedLSTM, input_scale: float) -> LSTMWeights:
    """The weights of a trained `QuantizedLSTM` as whole numbers."""
    scales, values = [], []
    for weights in (lstm.inputs, lstm.recurrent):
        mine = lstm.scales(weights).cpu().numpy().astype(numpy.float32)
        values.append(numpy.rint(weights.detach().cpu().numpy() / mine[:, None, None]))
        scales.append(mine)
    bias = lstm.bias.detach().cpu().double().numpy()
    bias = numpy.rint(bias / (input_scale * scales[0].astype(numpy.float64))[:, None])
    inputs, recurrent = values
    return LSTMWeights(inputs, recurrent, numpy.concatenate(scales), bias, lstm.cell_bits)


def export(
    net: QuantizedNet,
    recipe: Recipe,
    directory: str | pathlib.Path,
    name: str,
    logit_range: tuple[float, float],
    training: dict[str, Any],
) -> None:
    """Writes a trained `QuantizedNet`; `logit_range` is the range that its logits take."""
    writer = Writer(recipe.input)
    index, recurrent = 0, iter(net.recurrent)
    for layer in net.layers:
        if is_recurrent(layer):
            lstm = next(recurrent)
            writer.add(layer, whole(lstm, writer.scale), lstm.output)
            continue
        if layer["kind"] == "table":
            writer.add(layer, output=net.table_output(layer, index - 1))
            continue
        if not has_weights(layer):
            writer.add(layer)
            continue
        weight = net.weights[index].detach().cpu()
        bias = net.biases[index].detach().cpu().double().numpy()
        scales = weight_scale(weight).numpy().astype(numpy.float32)
        shape = [-1] + [1] * (weight.dim() - 1)
        values = torch.round(weight / torch.from_numpy(scales).reshape(shape)).numpy()
        last = index == len(net.weights) - 1
        if layer["activation"] == "relu" and not last:
            output = (float(net.output_top(index)) / 255, -128)
        else:
            output = nudged(*logit_range) if last else net.ranges[index]
        bias = numpy.rint(bias / (writer.scale * scales.astype(numpy.float64)))
        writer.add(layer, Weights(values, scales, bias), output)
        index += 1
    writer.write(directory, name, recipe.labels, training)

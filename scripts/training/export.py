"""Writes a model folder: `model.json` and `weights.bin`, as models/FORMAT.md says."""

import hashlib
import json
import pathlib
import re

import numpy
import torch

from training.functions import OUTPUTS, exponentials, table
from training.net import nudged, weight_scale
from training.recipe import has_kernel, has_weights, macs

FORMAT = "serialscribe-model"
VERSION = 1
INPUT_SCALE = float(numpy.float32(1 / 255))


class Writer:
    """Collects layers and their weights."""

    def __init__(self, input_shape):
        self.blob = bytearray()
        self.layers = []
        self.input_shape = input_shape
        self.scale, self.zero_point = INPUT_SCALE, -128
        self.parameters = 0

    def add(self, layer, weight=None, weight_scales=None, bias=None, output=None):
        """`weight` int8 as in a network [out, in, row, column], `bias` integers,
        `output` (scale, zero point) of a layer with weights or a table."""
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
        if weight is not None:
            self.scale, self.zero_point = float(numpy.float32(output[0])), int(output[1])
            if layer["kind"] == "conv2d":
                weight = weight.transpose(0, 2, 3, 1)
            elif layer["kind"] == "depthwise_conv2d":
                weight = weight[:, 0].transpose(1, 2, 0)
            assert numpy.abs(weight.astype(int)).max() <= 127
            entry["weight_scales"] = [float(numpy.float32(scale)) for scale in weight_scales]
            entry["weights_offset"] = self.append(weight.astype(numpy.int8).tobytes())
            entry["bias_offset"] = self.append(numpy.asarray(bias).astype("<i4").tobytes())
            self.parameters += weight.size + len(bias)
        if layer["kind"] == "table":
            entry["function"] = layer["function"]
            if "slope" in layer:
                entry["slope"] = float(numpy.float32(layer["slope"]))
            output = float(numpy.float32(output[0])), int(output[1])
            values = table(entry, self.scale, self.zero_point, output)
            entry["table_offset"] = self.append(values.tobytes())
            self.scale, self.zero_point = output
        elif layer["kind"] == "softmax":
            values = exponentials(self.scale)
            entry["table_offset"] = self.append(values.astype("<i4").tobytes())
            self.scale, self.zero_point = OUTPUTS["softmax"]
        entry |= {"output_scale": self.scale, "output_zero_point": self.zero_point}
        self.layers.append(entry)

    def append(self, data):
        while len(self.blob) % 16:
            self.blob.append(0)
        offset = len(self.blob)
        self.blob += data
        return offset

    def write(self, directory, name, labels, training):
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


def write_manifest(directory, manifest):
    """Indented JSON with lists of numbers and of labels on one line."""
    text = json.dumps(manifest, indent=2, ensure_ascii=True)
    text = re.sub(
        r"\[\s+((?:(?:[-+.\de]+|\"(?:\\.|[^\"\\])*\")(?:,\s+)?)+)\s+\]",
        lambda match: "[" + re.sub(r",\n\s+", ", ", match.group(1).rstrip()) + "]",
        text,
    )
    assert json.loads(text) == manifest
    (pathlib.Path(directory) / "model.json").write_text(text + "\n")


def export(net, recipe, directory, name, logit_range, training):
    """Writes a trained `QuantizedNet`; `logit_range` is the range that its logits take."""
    writer = Writer(recipe.input)
    index = 0
    for layer in net.layers:
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
        writer.add(
            layer,
            values,
            scales,
            numpy.rint(bias / (writer.scale * scales.astype(numpy.float64))),
            output,
        )
        index += 1
    writer.write(directory, name, recipe.labels, training)

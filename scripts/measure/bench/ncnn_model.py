"""A model folder as ncnn's own two files, for its int8 kernels.

ncnn has no zero points: an int8 0 is a real 0, and -127...127 must hold the largest real value
that a tensor's scale and zero point allow. What ReLU leaves is thus told in half the steps. Shapes
and weights are the model's, so times compare; results are only nearly the same.
"""

from pathlib import Path
from typing import Any

import numpy

from measure.bench.folder import Layer, load, paddings

MAGIC = 7767517
INT8 = 0x000D4B38
ACTIVATIONS = {"none": 0, "relu": 1}


def steps(scale: float, zero_point: int) -> float:
    """What a real value is multiplied by."""
    return 127 / (scale * max(127 - zero_point, zero_point + 128))


class Graph:
    """What .param (`parameters`) and .bin (`weights`) hold, from the blob "input" to `output`.

    The input may be int8, `shape` without a batch. From a convolution to the next activations
    stay int8; maxima are of floats only in ncnn, and its dense layers give floats.

    Source: ncnn's load_param and load_model of each layer, src/layer.
    """

    def __init__(self, folder: Path) -> None:
        manifest, self.source = load(folder)
        height, width, channels = manifest["input"]["shape"]
        self.shape = [channels, height, width]
        self.lines: list[str] = []
        self.weights, self.output = b"", ""
        self.add("Input", "input", {0: width, 1: height, 2: channels})
        layers = manifest["layers"]
        for number, layer in enumerate(layers):
            following = layers[number + 1] if number + 1 < len(layers) else None
            self.layer(f"layer{number}", layer, following)
        count = len(self.lines)
        self.parameters = "\n".join([str(MAGIC), f"{count} {count}", *self.lines]) + "\n"

    def add(self, operator: str, name: str, values: dict[int, int]) -> None:
        inputs = [self.output] if self.output else []
        numbers = (f"{key}={value}" for key, value in values.items())
        self.lines.append(
            " ".join([operator, name, str(len(inputs)), "1", *inputs, name, *numbers])
        )
        self.output = name

    def layer(self, name: str, layer: Layer, following: Layer | None) -> None:
        if layer["kind"] == "max_pool2d":
            above, left, below, right = paddings(layer)
            (rows, columns), (down, across) = layer["kernel"], layer["stride"]
            kernel, stride = {1: columns, 11: rows}, {2: across, 12: down}
            padding = {3: left, 14: right, 13: above, 15: below}
            self.add("Pooling", name, {0: 0, **kernel, **stride, **padding, 5: 1})
        elif layer["kind"] == "softmax":
            self.add("Softmax", name, {0: 0, 1: 1})
        elif layer["kind"] in ("conv2d", "dense"):
            self.products(name, layer, following)
        else:
            raise ValueError(f"{layer['kind']} has no counterpart here")

    def products(self, name: str, layer: Layer, following: Layer | None) -> None:
        if layer["activation"] not in ACTIVATIONS:
            raise ValueError(f"{layer['activation']} has no counterpart here")
        convolves = layer["kind"] == "conv2d"
        channels = layer["output"][2]
        window = layer["kernel"] if convolves else layer["input"][:2]
        shape = [channels, *window, layer["input"][2]]
        size = int(numpy.prod(shape))
        weights = numpy.frombuffer(self.source, numpy.int8, size, layer["weights_offset"])
        scales = numpy.array(layer["weight_scales"], numpy.float32)
        bias = numpy.frombuffer(self.source, "<i4", channels, layer["bias_offset"])
        self.weights += INT8.to_bytes(4, "little")
        self.weights += weights.reshape(shape).transpose(0, 3, 1, 2).tobytes() + bytes(-size % 4)
        self.floats(bias * scales * numpy.float32(layer["input_scale"]))
        self.floats(1 / scales)
        self.floats([steps(layer["input_scale"], layer["input_zero_point"])])
        term = 2
        if convolves and following and following["kind"] == "conv2d":
            # Above 100 int8 comes out, in the next layer's steps.
            term += 100
            self.floats([steps(following["input_scale"], following["input_zero_point"])])
        activation = ACTIVATIONS[layer["activation"]]
        if not convolves:
            self.add("InnerProduct", name, {0: channels, 1: 1, 2: size, 8: term, 9: activation})
            return
        above, left, below, right = paddings(layer)
        (rows, columns), (down, across) = layer["kernel"], layer["stride"]
        apart_down, apart_across = layer.get("dilation", [1, 1])
        kernel, dilation = {1: columns, 11: rows}, {2: apart_across, 12: apart_down}
        stride, padding = {3: across, 13: down}, {4: left, 15: right, 14: above, 16: below}
        rest = {5: 1, 6: size, 8: term, 9: activation}
        self.add(
            "Convolution", name, {0: channels, **kernel, **dilation, **stride, **padding, **rest}
        )

    def floats(self, values: Any) -> None:
        self.weights += numpy.asarray(values, "<f4").tobytes()

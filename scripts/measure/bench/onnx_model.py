"""A model folder as an ONNX graph of quantized layers, for runtimes that read those."""

from pathlib import Path
from typing import Any

import numpy
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from measure.bench.folder import Layer, load, paddings


class Graph:
    """Layers between DequantizeLinear and QuantizeLinear, which runtimes fuse into int8 ones.

    `unsigned` activations are what x86 kernels like best; the weights are int8 either way.
    """

    def __init__(self, folder: Path, batch: int, unsigned: bool) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.type = numpy.uint8 if unsigned else numpy.int8
        self.offset = 128 if unsigned else 0
        element = TensorProto.UINT8 if unsigned else TensorProto.INT8
        manifest, self.weights = load(folder)
        height, width, channels = manifest["input"]["shape"]
        self.shape = [batch, channels, height, width]
        source = manifest["input"]
        value = self.dequantize("input", "input", source["scale"], source["zero_point"])
        flat = False
        for number, layer in enumerate(manifest["layers"]):
            if layer["kind"] == "dense" and not flat:
                value, flat = self.node("Flatten", [value], f"flat{number}"), True
            value = self.layer(f"layer{number}", layer, value)
            quantized = self.quantize(value, f"layer{number}", layer)
            value = self.dequantize(
                quantized, f"layer{number}", layer["output_scale"], layer["output_zero_point"]
            )
        self.nodes.pop()
        rows, columns, labels = manifest["layers"][-1]["output"]
        shape = [batch, labels] if flat else [batch, labels, rows, columns]
        graph = helper.make_graph(
            self.nodes,
            manifest["name"],
            [helper.make_tensor_value_info("input", element, self.shape)],
            [helper.make_tensor_value_info(quantized, element, shape)],
            self.constants,
        )
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        self.model.ir_version = 8
        checker.check_model(self.model)

    def constant(self, name: str, values: numpy.ndarray) -> str:
        values = numpy.ascontiguousarray(values)
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def dequantize(self, value: str, name: str, scale: float, zero_point: int) -> str:
        step = self.constant(f"{name}.scale.in", numpy.array(scale, numpy.float32))
        zero = self.constant(f"{name}.zero.in", numpy.array(zero_point + self.offset, self.type))
        return self.node("DequantizeLinear", [value, step, zero], f"{name}.real")

    def quantize(self, value: str, name: str, layer: Layer) -> str:
        scale = self.constant(f"{name}.scale", numpy.array(layer["output_scale"], numpy.float32))
        zero = self.constant(
            f"{name}.zero", numpy.array(layer["output_zero_point"] + self.offset, self.type)
        )
        return self.node("QuantizeLinear", [value, scale, zero], f"{name}.quantized")

    def layer(self, name: str, layer: Layer, value: str) -> str:
        if layer["kind"] == "max_pool2d":
            return self.node(
                "MaxPool",
                [value],
                f"{name}.pooled",
                kernel_shape=layer["kernel"],
                strides=layer["stride"],
                pads=paddings(layer),
            )
        if layer["kind"] == "softmax":
            return self.node("Softmax", [value], f"{name}.softmax", axis=1)
        if layer["kind"] not in ("conv2d", "dense"):
            raise ValueError(f"{layer['kind']} has no counterpart here")
        inputs = [value, *self.weighted(name, layer)]
        if layer["kind"] == "dense":
            value = self.node("Gemm", inputs, f"{name}.sums", transB=1)
        else:
            value = self.node(
                "Conv",
                inputs,
                f"{name}.sums",
                kernel_shape=layer["kernel"],
                strides=layer["stride"],
                dilations=layer.get("dilation", [1, 1]),
                pads=paddings(layer),
            )
        if layer["activation"] == "relu":
            value = self.node("Relu", [value], f"{name}.relu")
        return value

    def weighted(self, name: str, layer: Layer) -> list[str]:
        """A layer's weights and bias."""
        channels = layer["output"][2]
        scales = numpy.array(layer["weight_scales"], numpy.float32)
        window = layer["kernel"] if layer["kind"] == "conv2d" else layer["input"][:2]
        shape = [channels, *window, layer["input"][2]]
        weights = numpy.frombuffer(
            self.weights, numpy.int8, int(numpy.prod(shape)), layer["weights_offset"]
        )
        weights = weights.reshape(shape).transpose(0, 3, 1, 2)
        if layer["kind"] == "dense":
            weights = weights.reshape(channels, -1)
        bias = numpy.frombuffer(self.weights, numpy.int32, channels, layer["bias_offset"])
        inputs = []
        for part, values, scale, kind in (
            ("weights", weights, scales, numpy.int8),
            ("bias", bias, scales * numpy.float32(layer["input_scale"]), numpy.int32),
        ):
            names = [
                self.constant(f"{name}.{part}", values),
                self.constant(f"{name}.{part}.scale", scale),
                self.constant(f"{name}.{part}.zero", numpy.zeros(channels, kind)),
            ]
            inputs.append(self.node("DequantizeLinear", names, f"{name}.{part}.real", axis=0))
        return inputs

"""Float ONNX files: their graph as layers, normalization folded in, then quantized."""

import math
from typing import Any

import numpy
import onnx
import torch
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from training.export import Weights
from training.importing.chain import Chain
from training.importing.pixels import Pixels, Unsupported, at
from training.net import QuantizedNet
from training.recipe import Layer, has_weights, output_sides, padding
from training.rounding import nudged, weight_scale

VALUES = 16 << 20  # of a picture
FUNCTIONS = {"Sigmoid": "sigmoid", "Tanh": "tanh", "LeakyRelu": "leaky_relu"}
# What leaves values as they are in use, and what keeps their order at the end.
NOTHING, ENDS = ("Identity", "Dropout"), ("Softmax", "LogSoftmax")

# What a `Transpose` does that moves channels to the front or to the end.
FIRST, LAST = [0, 3, 1, 2], [0, 2, 3, 1]


def first_line(error: Exception) -> str:
    return (str(error) or "empty").splitlines()[0]


def attributes(node: Any) -> dict[str, Any]:
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


class Floating:
    """A graph's layers, as a `QuantizedNet` asks for them."""

    top = None
    recurrent = ()  # none is imported

    def __init__(self, data: bytes) -> None:
        try:
            model = onnx.load_model_from_string(data)
            onnx.checker.check_model(model)
            self.graph = model.graph
        except Exception as error:  # protobuf's and the checker's have no common class
            raise Unsupported(f"this is no sound ONNX file: {first_line(error)}") from None
        self.layers: list[Layer] = []
        self.parts: list[tuple[torch.Tensor, torch.Tensor]] = []
        try:
            self.read()
        except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:
            raise Unsupported(f"the ONNX file can't be read: {first_line(error)}") from None

    def read(self) -> None:
        self.constants = {i.name: numpy_helper.to_array(i) for i in self.graph.initializer}
        inputs = [i for i in self.graph.input if i.name not in self.constants]
        if len(inputs) != 1 or len(self.graph.output) != 1:
            raise Unsupported("one input and one output are wanted")
        dims = [d.dim_value for d in inputs[0].type.tensor_type.shape.dim]
        if len(dims) != 4 or not all(dims[1:]):
            raise Unsupported(
                f"the input has the shape {dims}; [1, channels, rows, columns] or "
                "[1, rows, columns, channels] is wanted"
            )
        if math.prod(dims[1:]) > VALUES:
            raise Unsupported(f"the input has the shape {dims}; {VALUES} values are taken at most")
        self.name = self.current = inputs[0].name
        self.flat = self.ended = False
        # As Keras has them: files of its nets turn them before the first layer.
        self.channels_last = self.turned = self.turns(dims)
        self.shape = self.input = dims[1:] if self.turned else [dims[2], dims[3], dims[1]]
        # What `Shape` gives, of one picture.
        self.sizes = {self.name: self.size()}
        for number, node in enumerate(self.graph.node):
            self.node(number, node)
        if self.current != self.graph.output[0].name or not self.parts:
            raise Unsupported("the last layer doesn't give the output")
        last = max(i for i, layer in enumerate(self.layers) if has_weights(layer))
        if last != len(self.layers) - 1 or self.layers[last]["activation"] != "none":
            raise Unsupported("the network ends with something else than a layer with weights")

    def turns(self, dims: list[int]) -> bool:
        """Whether the input has its channels last, which the first node makes the first."""
        node = next((n for n in self.graph.node if self.name in n.input), None)
        if node is None:
            return False
        if node.op_type == "Transpose":
            return attributes(node).get("perm") == FIRST
        made = self.constants.get(node.input[-1]) if node.op_type == "Reshape" else None
        # One channel: its values are in the same order.
        return made is not None and dims[3] == 1 and list(made[1:]) == [1, *dims[1:3]]

    def size(self) -> list[int]:
        rows, columns, channels = self.shape
        if self.flat:
            return [1, rows * columns * channels]
        return [1, *self.shape] if self.channels_last else [1, channels, rows, columns]

    def inputs(self, values: numpy.ndarray) -> numpy.ndarray:
        """Pictures [N, channels, rows, columns], as the file takes them."""
        return values.transpose(0, 2, 3, 1) if self.turned else values

    def folded(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return self.parts

    def node(self, number: int, node: Any) -> None:
        kind, names = node.op_type, [name for name in node.input if name]
        if all(name in self.constants for name in names):
            feeds = {name: self.constants[name] for name in names}
            try:
                values = ReferenceEvaluator(node).run(None, feeds)
            except Exception as error:  # of any kind, as the operator has it
                raise at(number, kind, f"can't be computed: {first_line(error)}") from None
            self.constants |= dict(zip(node.output, values))
            return
        given = attributes(node)
        if kind == "Shape" and names[0] in self.sizes:
            size = self.sizes[names[0]][given.get("start", 0) : given.get("end")]
            self.constants[node.output[0]] = numpy.array(size)
            return
        others = [self.constants[n] for n in names if n in self.constants]
        if names.count(self.current) != 1 or len(others) != len(names) - 1:
            raise at(number, kind, "takes something else than the layer before gives")
        if self.ended:
            raise at(number, kind, "comes after the end")
        if kind == "Conv":
            self.convolution(number, given, others)
        elif kind in ("Gemm", "MatMul"):
            self.dense(number, kind, given, others)
        elif kind == "Add" and self.layers and self.layers[-1]["kind"] == "dense":
            weight, bias = self.parts[-1]
            self.parts[-1] = weight, bias + torch.from_numpy(others[0].copy()).flatten()
        elif kind in ("MaxPool", "AveragePool"):
            self.pool(number, kind, given)
        elif kind == "BatchNormalization":
            self.normalization(number, given, others)
        elif kind == "Relu":
            self.relu(number)
        elif kind in FUNCTIONS:
            layer: Layer = {"kind": "table", "function": FUNCTIONS[kind]}
            if kind == "LeakyRelu":
                layer["slope"] = float(given.get("alpha", 0.01))
            self.append(layer, self.shape)
        elif kind == "Transpose":
            self.transpose(number, given)
        elif kind == "Reshape" and self.current == self.name and self.turned:
            self.channels_last = False
        elif kind in ("Flatten", "Reshape"):
            self.flat = True
        elif kind in ENDS:
            self.ended = True
        elif kind not in NOTHING:
            raise at(number, kind, "is not supported")
        self.current = node.output[0]
        self.sizes[self.current] = self.size()

    def transpose(self, number: int, given: dict[str, Any]) -> None:
        wanted = FIRST if self.channels_last else LAST
        if given.get("perm") != wanted or self.flat:
            raise at(number, "Transpose", "does something else than to move channels")
        self.channels_last = not self.channels_last

    def append(self, layer: Layer, output: list[int]) -> None:
        self.layers.append({"activation": "none"} | layer | {"input": self.shape, "output": output})
        self.shape = output

    def window(self, number: int, kind: str, given: dict[str, Any], kernel: list[int]) -> Layer:
        """A kernel whose padding is what `same` or `valid` gives."""
        pads = list(given.get("pads", [0, 0, 0, 0]))
        if self.channels_last:
            raise at(number, kind, "takes rows for channels")
        if given.get("auto_pad", b"NOTSET") != b"NOTSET" or given.get("ceil_mode", 0):
            raise at(number, kind, "has auto_pad or ceil_mode; explicit pads are taken")
        layer: Layer = {
            "kernel": kernel,
            "stride": list(given.get("strides", [1, 1])),
            "dilation": list(given.get("dilations", [1, 1])),
            "padding": "same" if any(pads) else "valid",
        }
        left, right, top, bottom = padding(layer, self.shape[:2])
        if [top, left, bottom, right] != pads or self.flat:
            raise at(number, kind, f"has the padding {pads}; none or that of `same` is taken")
        return layer

    def convolution(self, number: int, given: dict[str, Any], others: list[Any]) -> None:
        weight = others[0]
        layer = self.window(number, "Conv", given, list(weight.shape[2:]))
        groups = given.get("group", 1)
        if groups != 1 and not (groups == self.shape[2] == weight.shape[0]):
            raise at(number, "Conv", "has groups that are no single channels")
        layer["kind"] = "conv2d" if groups == 1 else "depthwise_conv2d"
        self.append(layer, [*output_sides(layer, self.shape), int(weight.shape[0])])
        self.keep(weight, others[1] if len(others) > 1 else numpy.zeros(len(weight)))

    def dense(self, number: int, kind: str, given: dict[str, Any], others: list[Any]) -> None:
        weight = others[0] if given.get("transB") else others[0].T
        if given.get("alpha", 1) != 1 or given.get("beta", 1) != 1 or given.get("transA"):
            raise at(number, kind, "has a factor or a turned input")
        rows, columns, channels = self.shape
        if weight.shape[1] != rows * columns * channels:
            raise at(number, kind, f"takes {weight.shape[1]} values of {self.shape}")
        # ONNX flattens channel by channel, unless turned; boards do place by place.
        if not self.channels_last:
            weight = weight.reshape(-1, channels, rows, columns).transpose(0, 2, 3, 1)
        self.append({"kind": "dense"}, [1, 1, len(weight)])
        bias = others[1] if len(others) > 1 else numpy.zeros(len(weight))
        self.keep(weight.reshape(len(weight), -1), bias)

    def keep(self, weight: numpy.ndarray, bias: numpy.ndarray) -> None:
        pair = [torch.from_numpy(numpy.array(part, numpy.float32)) for part in (weight, bias)]
        self.parts.append((pair[0], pair[1].flatten()))

    def pool(self, number: int, kind: str, given: dict[str, Any]) -> None:
        layer = self.window(number, kind, given, list(given["kernel_shape"]))
        if layer["padding"] != "valid" or layer.pop("dilation") != [1, 1]:
            raise at(number, kind, "has padding or a dilation")
        layer["kind"] = "max_pool2d" if kind == "MaxPool" else "average_pool2d"
        self.append(layer, [*output_sides(layer, self.shape), self.shape[2]])

    def normalization(self, number: int, given: dict[str, Any], others: list[Any]) -> None:
        last = self.layers[-1] if self.layers else None
        if last is None or not has_weights(last) or last["activation"] != "none":
            raise at(number, "BatchNormalization", "doesn't follow a layer with weights at once")
        gamma, beta, mean, variance = (torch.from_numpy(other.copy()) for other in others)
        weight, bias = self.parts[-1]
        factor = gamma / torch.sqrt(variance + given.get("epsilon", 1e-5))
        shape = [-1] + [1] * (weight.dim() - 1)
        self.parts[-1] = weight * factor.reshape(shape), (bias - mean) * factor + beta

    def relu(self, number: int) -> None:
        for layer in reversed(self.layers):
            if has_weights(layer):
                layer["activation"] = "relu"
                return
            if layer["kind"] != "max_pool2d":
                break
        raise at(number, "Relu", "doesn't follow a layer with weights")


def quantized(
    source: Floating, pixels: Pixels, patches: torch.Tensor
) -> tuple[Chain, QuantizedNet]:
    """`patches` are what it is calibrated with, real numbers [N, channels, rows, columns]."""
    net = QuantizedNet(source)
    with torch.no_grad():
        net.calibrate(patches)
        logits = net(patches, quantize=False)
    chain = Chain(source.input)
    scale = nudged(min(pixels), max(pixels))
    chain.begin(pixels.quantized(*scale), scale)
    index = 0
    for layer in source.layers:
        if not has_weights(layer):
            output = net.table_output(layer, index - 1) if layer["kind"] == "table" else None
            chain.add(layer, None, output=output)
            continue
        weight, bias = net.weights[index].detach(), net.biases[index].detach().double().numpy()
        scales = weight_scale(weight).numpy().astype(numpy.float32)
        shape = [-1] + [1] * (weight.dim() - 1)
        values = torch.round(weight / torch.from_numpy(scales).reshape(shape)).numpy()
        if index == len(net.weights) - 1:
            output = nudged(float(logits.min()), float(logits.max()))
        elif layer["activation"] == "relu":
            output = float(net.output_top(index).detach()) / 255, -128
        else:
            output = net.ranges[index]
        bias = numpy.rint(bias / (chain.writer.scale * scales.astype(numpy.float64)))
        chain.add(layer, None, Weights(values, scales, bias), output)
        index += 1
    return chain, net

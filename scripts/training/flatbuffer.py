"""A model folder as a TensorFlow Lite flatbuffer, which the interpreter of boards runs."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import flatbuffers
import numpy
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from training.recipe import Layer, has_weights

OPERATORS = {
    "conv2d": schema.BuiltinOperator.CONV_2D,
    "depthwise_conv2d": schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    "dense": schema.BuiltinOperator.FULLY_CONNECTED,
    "max_pool2d": schema.BuiltinOperator.MAX_POOL_2D,
    "average_pool2d": schema.BuiltinOperator.AVERAGE_POOL_2D,
    "upsample2d": schema.BuiltinOperator.RESIZE_NEAREST_NEIGHBOR,
    "concatenate": schema.BuiltinOperator.CONCATENATION,
    "softmax": schema.BuiltinOperator.SOFTMAX,
    "sigmoid": schema.BuiltinOperator.LOGISTIC,
    "tanh": schema.BuiltinOperator.TANH,
    "leaky_relu": schema.BuiltinOperator.LEAKY_RELU,
    "lstm": schema.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM,
    "reshape": schema.BuiltinOperator.RESHAPE,
}
# The optional tensors of an lstm that this kind doesn't have.
NONE = -1


class Quantization(NamedTuple):
    scales: Sequence[float] | numpy.ndarray = ()
    zero_points: Sequence[int] = ()
    axis: int = 0


class Graph:
    """The layers of a model, one after the other."""

    def __init__(self, manifest: dict[str, Any], blob: bytes) -> None:
        self.blob = blob
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = manifest["name"]
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        about = manifest["input"]
        scale = Quantization([about["scale"]], [about["zero_point"]])
        self.current = self.tensor("input", [1, *about["shape"]], schema.TensorType.INT8, scale)
        self.graph.inputs = [self.current]
        self.outputs: list[int] = []
        self.flat = False
        for number, layer in enumerate(manifest["layers"]):
            self.add(number, layer)
        self.graph.outputs = [self.current]

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        kind: int,
        how: Quantization,
        data: bytes | None = None,
    ) -> int:
        result = schema.TensorT()
        result.name, result.shape, result.type = name, list(shape), kind
        result.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = numpy.frombuffer(data, numpy.uint8)
            result.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        quantization = schema.QuantizationParametersT()
        quantization.scale = [float(scale) for scale in how.scales]
        quantization.zeroPoint = list(how.zero_points)
        quantization.quantizedDimension = how.axis
        result.quantization = quantization
        self.graph.tensors.append(result)
        return len(self.graph.tensors) - 1

    def code(self, kind: str) -> int:
        for index, entry in enumerate(self.model.operatorCodes):
            if entry.builtinCode == OPERATORS[kind]:
                return index
        entry = schema.OperatorCodeT()
        entry.builtinCode = entry.deprecatedBuiltinCode = OPERATORS[kind]
        entry.version = 1
        self.model.operatorCodes.append(entry)
        return len(self.model.operatorCodes) - 1

    def weights(self, number: int, layer: Layer) -> list[int]:
        """The tensors of a layer's weights and biases."""
        channels, depth = layer["output"][2], layer["input"][2]
        scales = numpy.array(layer["weight_scales"], numpy.float32)
        axis = 0
        if layer["kind"] == "dense":
            shape = [channels, int(numpy.prod(layer["input"]))]
        elif layer["kind"] == "conv2d":
            shape = [channels, *layer["kernel"], depth]
        else:
            shape, axis = [1, *layer["kernel"], channels], 3
        size = int(numpy.prod(shape))
        offset, bias_offset = layer["weights_offset"], layer["bias_offset"]
        return [
            self.tensor(
                f"weights{number}",
                shape,
                schema.TensorType.INT8,
                Quantization(scales, [0] * channels, axis),
                self.blob[offset : offset + size],
            ),
            self.tensor(
                f"bias{number}",
                [channels],
                schema.TensorType.INT32,
                Quantization(scales * numpy.float32(layer["input_scale"]), [0] * channels),
                self.blob[bias_offset : bias_offset + 4 * channels],
            ),
        ]

    def state(self, name: str, units: int, kind: int, how: Quantization) -> int:
        """A tensor that an lstm keeps from column to column."""
        result = self.tensor(name, [1, units], kind, how)
        self.graph.tensors[result].isVariable = True
        return result

    def reshaped(self, name: str, shape: list[int], how: Quantization) -> int:
        """The current tensor in another shape."""
        sides = numpy.array(shape, numpy.int32).tobytes()
        shape_tensor = self.tensor(
            f"{name} shape", [len(shape)], schema.TensorType.INT32, Quantization(), sides
        )
        result = self.tensor(name, shape, schema.TensorType.INT8, how)
        self.operate("reshape", [self.current, shape_tensor], result)
        return result

    def operate(self, kind: str, inputs: list[int], output: int) -> schema.OperatorT:
        operator = schema.OperatorT()
        operator.opcodeIndex = self.code(kind)
        operator.inputs, operator.outputs = inputs, [output]
        self.graph.operators.append(operator)
        self.current = output
        return operator

    def add_lstm(self, number: int, layer: Layer) -> None:
        """An lstm, which takes [1, columns, channels], with a change of shape on either side."""
        _, columns, depth = layer["input"]
        units = layer["output"][2]
        taken = Quantization([layer["input_scale"]], [layer["input_zero_point"]])
        given = Quantization([layer["output_scale"]], [layer["output_zero_point"]])
        scales = numpy.array(layer["weight_scales"], numpy.float32)
        matrices = []
        for name, offset, width, mine in (
            ("inputs", layer["weights_offset"], depth, scales[:4]),
            ("recurrent", layer["recurrent_offset"], units, scales[4:]),
        ):
            for gate in range(4):
                first = offset + gate * units * width
                matrices.append(
                    self.tensor(
                        f"{name}{number}.{gate}",
                        [units, width],
                        schema.TensorType.INT8,
                        Quantization(mine[gate : gate + 1], [0]),
                        self.blob[first : first + units * width],
                    )
                )
        bias_scales = scales[:4] * numpy.float32(layer["input_scale"])
        biases = []
        for gate in range(4):
            first = layer["bias_offset"] + 4 * gate * units
            biases.append(
                self.tensor(
                    f"bias{number}.{gate}",
                    [units],
                    schema.TensorType.INT32,
                    Quantization(bias_scales[gate : gate + 1], [0]),
                    self.blob[first : first + 4 * units],
                )
            )
        states = [
            self.state(f"hidden{number}", units, schema.TensorType.INT8, given),
            self.state(
                f"cell{number}",
                units,
                schema.TensorType.INT16,
                Quantization([layer["cell_scale"]], [0]),
            ),
        ]
        into = self.reshaped(f"columns{number}", [1, columns, depth], taken)
        hidden = self.tensor(f"units{number}", [1, columns, units], schema.TensorType.INT8, given)
        peepholes, projection, norms = [NONE] * 3, [NONE] * 2, [NONE] * 4
        inputs = [into, *matrices, *peepholes, *biases, *projection, *states, *norms]
        operator = self.operate("lstm", inputs, hidden)
        options = schema.UnidirectionalSequenceLSTMOptionsT()
        options.fusedActivationFunction = schema.ActivationFunctionType.TANH
        operator.builtinOptionsType = schema.BuiltinOptions.UnidirectionalSequenceLSTMOptions
        operator.builtinOptions = options
        self.outputs.append(self.reshaped(f"output{number}", [1, *layer["output"]], given))

    def add(self, number: int, layer: Layer) -> None:
        kind = layer["kind"]
        if kind == "lstm":
            self.add_lstm(number, layer)
            return
        operator = schema.OperatorT()
        operator.opcodeIndex = self.code(layer["function"] if kind == "table" else kind)
        inputs = [self.current]
        if has_weights(layer):
            inputs += self.weights(number, layer)
        if kind == "concatenate":
            inputs.append(self.outputs[layer["with"]])
        elif kind == "upsample2d":
            sides = numpy.array(layer["output"][:2], numpy.int32).tobytes()
            name = f"sides{number}"
            inputs.append(self.tensor(name, [2], schema.TensorType.INT32, Quantization(), sides))
        self.flat = self.flat or kind == "dense"
        self.current = self.tensor(
            f"output{number}",
            [1, layer["output"][2]] if self.flat else [1, *layer["output"]],
            schema.TensorType.INT8,
            Quantization([layer["output_scale"]], [layer["output_zero_point"]]),
        )
        operator.inputs, operator.outputs = inputs, [self.current]
        operator.builtinOptionsType, operator.builtinOptions = operator_options(layer)
        self.graph.operators.append(operator)
        self.outputs.append(self.current)

    def packed(self) -> bytes:
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def flatbuffer(directory: str | pathlib.Path) -> tuple[bytes, list[int]]:
    """The model folder as a .tflite file's bytes, and the tensor index of each layer's output."""
    directory = pathlib.Path(directory)
    graph = Graph(
        json.loads((directory / "model.json").read_text()),
        (directory / "weights.bin").read_bytes(),
    )
    return graph.packed(), graph.outputs


def operator_options(layer: Layer) -> tuple[int, Any]:
    if layer["kind"] == "softmax":
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        return schema.BuiltinOptions.SoftmaxOptions, options
    if layer["kind"] == "upsample2d":
        return (
            schema.BuiltinOptions.ResizeNearestNeighborOptions,
            schema.ResizeNearestNeighborOptionsT(),
        )
    if layer["kind"] == "concatenate":
        options = schema.ConcatenationOptionsT()
        options.axis = 3
        return schema.BuiltinOptions.ConcatenationOptions, options
    if layer["kind"] == "table":
        if layer["function"] != "leaky_relu":
            return schema.BuiltinOptions.NONE, None
        options = schema.LeakyReluOptionsT()
        options.alpha = layer["slope"]
        return schema.BuiltinOptions.LeakyReluOptions, options
    activation = getattr(schema.ActivationFunctionType, layer["activation"].upper())
    if layer["kind"] == "dense":
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = activation
        return schema.BuiltinOptions.FullyConnectedOptions, options
    if layer["kind"] == "conv2d":
        options, kind = schema.Conv2DOptionsT(), schema.BuiltinOptions.Conv2DOptions
    elif layer["kind"] == "depthwise_conv2d":
        options, kind = (
            schema.DepthwiseConv2DOptionsT(),
            schema.BuiltinOptions.DepthwiseConv2DOptions,
        )
        options.depthMultiplier = 1
    else:
        options, kind = schema.Pool2DOptionsT(), schema.BuiltinOptions.Pool2DOptions
        options.filterHeight, options.filterWidth = layer["kernel"]
    if has_weights(layer):
        options.dilationHFactor, options.dilationWFactor = layer.get("dilation", [1, 1])
    options.padding = getattr(schema.Padding, layer["padding"].upper())
    options.strideH, options.strideW = layer["stride"]
    options.fusedActivationFunction = activation
    return kind, options

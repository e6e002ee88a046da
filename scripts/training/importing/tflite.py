"""int8 TensorFlow Lite files, taken over as they are."""

import math
import struct
from typing import Any

import numpy
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from training.export import Weights
from training.functions import OUTPUTS, table
from training.importing.chain import Chain
from training.importing.front import Front, Scale
from training.importing.pixels import Pixels, Unsupported, at
from training.recipe import Layer

OPERATOR = schema.BuiltinOperator
NAMES = {value: name for name, value in vars(OPERATOR).items() if isinstance(value, int)}
# Operators that work out a shape, not values.
SHAPES = (OPERATOR.SHAPE, OPERATOR.STRIDED_SLICE, OPERATOR.PACK)
FUNCTIONS = {
    OPERATOR.LOGISTIC: "sigmoid",
    OPERATOR.TANH: "tanh",
    OPERATOR.LEAKY_RELU: "leaky_relu",
}
CONVOLUTIONS = {OPERATOR.CONV_2D: "conv2d", OPERATOR.DEPTHWISE_CONV_2D: "depthwise_conv2d"}
POOLS = {OPERATOR.MAX_POOL_2D: "max_pool2d", OPERATOR.AVERAGE_POOL_2D: "average_pool2d"}
ACTIVATION = schema.ActivationFunctionType
LARGEST = 32 << 20
VALUES = 16 << 20  # of a tensor between layers
FLOATING = (
    "computes in floating point: convert it with full integer quantization (int8), or export it "
    "as ONNX, which is quantized here"
)


class TFLite:
    """The operators of a file, turned into a `Chain`."""

    def __init__(self, data: bytes, pixels: Pixels) -> None:
        if data[4:8] != b"TFL3" or len(data) > LARGEST:
            raise Unsupported("this is no TensorFlow Lite file of 32 MB at most")
        try:
            self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
            (self.graph,) = self.model.subgraphs
            (self.input,), (self.output,) = self.graph.inputs, self.graph.outputs
            self.chain = Chain(self.sides(self.tensor(self.input)))
            self.read(pixels)
        except (
            struct.error,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
        ) as e:
            raise Unsupported(f"the TensorFlow Lite file can't be read: {e}") from None

    def tensor(self, number: int) -> Any:
        return self.graph.tensors[number]

    def sides(self, tensor: Any) -> list[int]:
        shape = [int(side) for side in tensor.shape]
        if not 0 < math.prod(shape) <= VALUES:
            raise Unsupported(f"a tensor has the shape {shape}; {VALUES} values are taken at most")
        if len(shape) == 4 and shape[0] == 1:
            return shape[1:]
        if len(shape) == 3 and shape[0] == 1:
            return [*shape[1:], 1]
        if len(shape) == 2 and shape[0] == 1:
            return [1, 1, shape[1]]
        raise Unsupported(f"a tensor has the shape {shape}; one picture's is wanted")

    def quantization(self, tensor: Any) -> tuple[float, int]:
        scale, zero_point = tensor.quantization.scale[0], tensor.quantization.zeroPoint[0]
        if not 0 < scale < math.inf:
            raise Unsupported(f"a tensor has the scale {scale}")
        return float(scale), int(zero_point)

    def read(self, pixels: Pixels) -> None:
        kind = self.tensor(self.input).type
        self.float_input = kind == schema.TensorType.FLOAT32
        if not self.float_input and kind != schema.TensorType.INT8:
            raise Unsupported("the input is neither int8 nor float32")
        if self.float_input and not any(map(self.quantizes, self.graph.operators)):
            raise Unsupported(f"the file {FLOATING}")
        self.current = self.input
        self.front: Front | None = None
        if not self.float_input:
            self.start(pixels, self.tensor(self.input))
        for number, operator in enumerate(self.graph.operators):
            code = self.code(operator)
            if code in SHAPES:
                continue
            name = NAMES.get(code, str(code))
            if operator.inputs[0] != self.current:
                raise at(number, name, "takes something else than the layer before gives")
            self.operator(number, code, name, operator, pixels)
            self.current = operator.outputs[0]
        if self.current != self.output:
            raise Unsupported("the last layer doesn't give the output")

    def code(self, operator: Any) -> int:
        entry = self.model.operatorCodes[operator.opcodeIndex]
        return max(entry.builtinCode, entry.deprecatedBuiltinCode)

    def quantizes(self, operator: Any) -> bool:
        """Whether it makes int8 of the input."""
        return self.code(operator) == OPERATOR.QUANTIZE and operator.inputs[0] == self.input

    def start(self, pixels: Pixels, tensor: Any) -> None:
        scale = self.quantization(tensor)
        self.front = Front(pixels.quantized(*scale), Scale(*scale), self.chain.shape[2])

    def operator(self, number: int, code: int, name: str, operator: Any, pixels: Pixels) -> None:
        result = self.tensor(operator.outputs[0])
        options = operator.builtinOptions
        if self.float_input and self.quantizes(operator):
            if result.type != schema.TensorType.INT8:
                raise at(number, name, "gives no int8")
            self.start(pixels, result)
            return
        if code == OPERATOR.DEQUANTIZE and operator.outputs[0] == self.output:
            return
        if self.tensor(self.current).type != schema.TensorType.INT8:
            raise at(number, name, FLOATING)
        if code == OPERATOR.RESHAPE:
            self.reshape(number, name, result)
            return
        if result.type != schema.TensorType.INT8:
            is_float = result.type == schema.TensorType.FLOAT32
            raise at(number, name, FLOATING if is_float else "gives no int8")
        tensor, output = operator.outputs[0], self.quantization(result)
        if self.front and code in (OPERATOR.MUL, OPERATOR.ADD):
            self.normalize(number, code, name, operator)
            return
        if self.front:
            # The input itself is compared by what is made of it.
            self.front.write(self.chain, self.current if self.current != self.input else None)
            self.front = None
        if code in CONVOLUTIONS or code == OPERATOR.FULLY_CONNECTED:
            self.weighted(number, code, name, operator)
        elif code in POOLS:
            if options.fusedActivationFunction != ACTIVATION.NONE:
                raise at(number, name, "has an activation of its own")
            layer = self.window(options, [options.filterHeight, options.filterWidth])
            layer |= {"kind": POOLS[code], "output": self.sides(result)}
            self.chain.add(layer, tensor)
        elif code in FUNCTIONS:
            self.function(FUNCTIONS[code], options, tensor, output)
        elif code == OPERATOR.SOFTMAX:
            if options.beta != 1 or output != OUTPUTS["softmax"]:
                raise at(number, name, "has a beta other than 1 or an unusual scale")
            self.chain.add({"kind": "softmax"}, tensor)
        else:
            where = " here" if code in (OPERATOR.MUL, OPERATOR.ADD) else ""
            raise at(number, name, f"is not supported{where}")

    def normalize(self, number: int, code: int, name: str, operator: Any) -> None:
        assert self.front
        other, result = (self.tensor(i) for i in (operator.inputs[1], operator.outputs[0]))
        constants = self.constant(number, name, operator.inputs[1], "i1").reshape(-1)
        if other.type != schema.TensorType.INT8 or len(constants) not in (1, self.chain.shape[2]):
            raise at(number, name, "has no constant a channel")
        if operator.builtinOptions.fusedActivationFunction != ACTIVATION.NONE:
            raise at(number, name, "has an activation of its own")
        how = self.front.multiply if code == OPERATOR.MUL else self.front.add
        how(constants, Scale(*self.quantization(other)), Scale(*self.quantization(result)))

    def reshape(self, number: int, name: str, result: Any) -> None:
        """Values keep their order: only a dense layer's input is flattened, as it does itself."""
        shape = [int(side) for side in result.shape]
        size = int(numpy.prod(self.chain.shape))
        if [side for side in shape if side != 1] not in (
            [size],
            [side for side in self.chain.shape if side != 1],
        ):
            raise at(number, name, f"makes {shape} of {self.chain.shape}")

    def function(self, function: str, options: Any, tensor: int, output: tuple[float, int]) -> None:
        layer: Layer = {"function": function}
        if function == "leaky_relu":
            layer["slope"] = options.alpha
        writer = self.chain.writer
        values = table(layer, writer.scale, writer.zero_point, output)
        self.chain.map(values, output, function, tensor)
        if "slope" in layer:
            writer.layers[-1]["slope"] = float(numpy.float32(options.alpha))

    def window(self, options: Any, kernel: list[int]) -> Layer:
        return {
            "kernel": kernel,
            "stride": [options.strideH, options.strideW],
            "padding": "same" if options.padding == schema.Padding.SAME else "valid",
        }

    def constant(self, number: int, name: str, index: int, kind: str) -> numpy.ndarray:
        tensor = self.tensor(index)
        data = self.model.buffers[tensor.buffer].data
        if data is None:
            raise at(number, name, "has weights that are computed")
        return numpy.frombuffer(bytes(bytearray(data)), kind).reshape(tensor.shape)

    def weighted(self, number: int, code: int, name: str, operator: Any) -> None:
        kind = CONVOLUTIONS.get(code, "dense")
        options, result = operator.builtinOptions, self.tensor(operator.outputs[0])
        filters = self.tensor(operator.inputs[1])
        if filters.type != schema.TensorType.INT8:
            raise at(number, name, "has weights that are not int8")
        values = self.constant(number, name, operator.inputs[1], "i1")
        scales = numpy.array(filters.quantization.scale, numpy.float32)
        if numpy.any(filters.quantization.zeroPoint):
            raise at(number, name, "has weights with a zero point")
        if (values == -128).any():
            raise at(number, name, "has a weight of -128; -127...127 are taken")
        channels = values.shape[3] if kind == "depthwise_conv2d" else values.shape[0]
        output = self.quantization(result)
        if kind == "dense" and len(scales) == 1:
            product = float(numpy.float32(self.chain.writer.scale) * scales[0])
            scales[0] = self.chain.rescale(product, float(scales[0]), output[0])
        if len(scales) == 1:
            scales = numpy.repeat(scales, channels)
        bias = numpy.zeros(channels, numpy.int32)
        if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
            if self.tensor(operator.inputs[2]).type != schema.TensorType.INT32:
                raise at(number, name, "has biases that are not int32")
            bias = self.constant(number, name, operator.inputs[2], "<i4").reshape(-1)
        layer: Layer = {"kind": kind, "output": self.sides(result)}
        if kind == "dense":
            values = values.reshape(channels, -1)
        else:
            layer |= self.window(options, list(values.shape[1:3]))
            layer["dilation"] = [options.dilationHFactor, options.dilationWFactor]
            if kind == "depthwise_conv2d":
                if options.depthMultiplier != 1 or channels != self.chain.shape[2]:
                    raise at(number, name, "has more than one filter a channel")
                values = values.transpose(3, 0, 1, 2)
            elif values.shape[3] != self.chain.shape[2]:
                raise at(number, name, "has groups")
            values = values.transpose(0, 3, 1, 2)
        self.activated(number, name, options.fusedActivationFunction, layer, output)
        clip = layer.pop("clip", None)
        tensor = operator.outputs[0]
        self.chain.add(
            layer, None if clip is not None else tensor, Weights(values, scales, bias), output
        )
        if clip is not None:
            self.chain.map(numpy.minimum(numpy.arange(-128, 128), clip), output, "relu6", tensor)

    def activated(
        self, number: int, name: str, activation: int, layer: Layer, output: tuple[float, int]
    ) -> None:
        if activation == ACTIVATION.NONE:
            layer["activation"] = "none"
            return
        if activation not in (ACTIVATION.RELU, ACTIVATION.RELU6):
            raise at(number, name, "has an activation other than ReLU and ReLU6")
        layer["activation"] = "relu"
        top = round(float(numpy.float32(6) / numpy.float32(output[0]))) + output[1]
        if activation == ACTIVATION.RELU6 and top < 127:
            layer["clip"] = top
